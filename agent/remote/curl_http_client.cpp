#include "remote/curl_http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/secret.h"
#include "remote/curl_errors.h"
#include "remote/curl_network.h"
#include "remote/url.h"

namespace vouch {
namespace {

constexpr std::size_t kMaxHeaderBytes = 32 * 1024;
constexpr std::int64_t kLongestSilenceMs = 5000;

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() {
    for (curl_slist* item = list; item != nullptr; item = item->next)
      WipeBytes(item->data, std::char_traits<char>::length(item->data));
    curl_slist_free_all(list);
  }
  void Add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

// What the callbacks fill. They are called by C code: noexcept, a failure is a flag.
struct Transfer {
  HttpResponse response;
  std::size_t max_bytes = 0;
  std::size_t header_bytes = 0;
  bool headers_done = false;
  bool too_large = false;
  bool went_silent = false;
  const std::atomic<bool>* stopped = nullptr;
  const Clock* clock = nullptr;
  std::int64_t last_byte_ms = -1;  // steady; -1 until there is a connection
  curl_off_t sent_bytes = 0;
  std::array<char, CURL_ERROR_SIZE> details{};

  void GotBytes() { last_byte_ms = clock->SteadyMillis(); }
};

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.GotBytes();
  if (transfer.response.body.size() + size > transfer.max_bytes) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.GotBytes();
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_large = true;
    return 0;
  }
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a 100 came before
    transfer.response.headers.clear();
    transfer.headers_done = false;
  }
  if (line.empty()) transfer.headers_done = true;
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || transfer.headers_done) return size;  // trailers do not count
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  transfer.response.headers.emplace_back(std::move(name), value);
  return size;
}

int OnConnected(void* user, char*, char*, int, int) noexcept {
  static_cast<Transfer*>(user)->GotBytes();
  return CURL_PREREQFUNC_OK;
}

// Called at least once a second. libcurl's own low-speed limit looks at an average and fires some seconds late.
int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.stopped->load()) return 1;
  if (transfer.last_byte_ms < 0) return 0;  // connecting has its own limit
  if (std::exchange(transfer.sent_bytes, sent) != sent) transfer.GotBytes();
  transfer.went_silent = transfer.clock->SteadyMillis() - transfer.last_byte_ms >= kLongestSilenceMs;
  return transfer.went_silent ? 1 : 0;
}

// Left to libcurl's defaults on purpose: HTTP/2 where TLS offers it, else 1.1; no cookies, no decompression of bodies.
void SetUpProtocol(CURL* easy, const Url& url) {
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 600L);  // the system's CAs may be updated while we run
#endif
}

void SetUp(CURL* easy, const HttpRequest& request, const HeaderList& headers, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "vouchd/" VOUCH_VERSION);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.details.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, OnConnected);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

Error FailureOf(CURL* easy, CURLcode code, const Url& url, const Network& network, const Transfer& transfer) {
  if (transfer.too_large) return Error(REASON_BAD_ANSWER, url.host + " sent an answer over the size limit");
  if (transfer.went_silent) code = CURLE_OPERATION_TIMEDOUT;
  else if (code == CURLE_ABORTED_BY_CALLBACK) return Error(REASON_UNREACHABLE, "vouchd is stopping");
  return CurlError(easy, code, url, network, transfer.details.data());
}

}  // namespace

void CurlHttpClient::EasyDeleter::operator()(CURL* handle) const { curl_easy_cleanup(handle); }

CurlHttpClient::CurlHttpClient(const Clock& clock, NetworkSettingsSource settings)
    : clock_(clock), settings_(std::move(settings)) { curl_global_init(CURL_GLOBAL_DEFAULT); }

CurlHttpClient::~CurlHttpClient() {
  idle_.clear();
  curl_global_cleanup();
}

HttpResponse CurlHttpClient::Send(const HttpRequest& request) {
  const Url url = ParseUrl(request.url);
  if (stopped_) throw Error(REASON_UNREACHABLE, "vouchd is stopping");
  const Network network = ResolveNetwork(settings_ ? settings_() : NetworkSettings());
  HeaderList headers;
  for (const auto& [name, value] : request.headers) headers.Add(name + ": " + value);
  headers.Add("Expect:");  // no 100-continue round trip

  const unsigned round = round_;
  Transfer transfer;  // before what has pointers into it
  Easy easy = Take(network.identity);
  transfer.max_bytes = request.max_answer_bytes;
  transfer.stopped = &stopped_;
  transfer.clock = &clock_;
  SetUpProtocol(easy.get(), url);
  SetUp(easy.get(), request, headers, transfer);
  ApplyNetwork(easy.get(), network, url);
  transfer.response.sent_ms = clock_.WallMillis();
  CURLcode code = curl_easy_perform(easy.get());
  transfer.response.received_ms = clock_.WallMillis();
  if (code != CURLE_OK) {  // the handle is dropped with its connections
    Wipe(transfer.response.body);
    throw FailureOf(easy.get(), code, url, network, transfer);
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  GiveBack(std::move(easy), network.identity, round);
  return std::move(transfer.response);
}

CurlHttpClient::Easy CurlHttpClient::Take(const std::string& network) {
  std::vector<Idle> outdated;  // closes its connections when the lock is gone
  {
    std::lock_guard lock(mutex_);
    if (idle_network_ != network) {
      idle_.swap(outdated);
      idle_network_ = network;
    }
    if (!idle_.empty()) {
      Easy handle = std::move(idle_.back().handle);
      idle_.pop_back();
      return handle;
    }
  }
  Easy handle(curl_easy_init());
  if (!handle) throw Error(REASON_INTERNAL, "curl_easy_init failed");
  return handle;
}

void CurlHttpClient::GiveBack(Easy handle, const std::string& network, unsigned round) {
  constexpr std::size_t kKeep = 4;
  curl_easy_reset(handle.get());  // options only; open connections stay
  std::lock_guard lock(mutex_);
  if (idle_network_ == network && round_ == round && idle_.size() < kKeep)
    idle_.push_back({std::move(handle), clock_.SteadyMillis()});
}

void CurlHttpClient::CloseRested() {
  constexpr std::int64_t kRestMs = 25'000;  // below the half minute of the agent's tick, which calls this
  std::vector<Idle> rested;  // closes its connections when the lock is gone
  std::lock_guard lock(mutex_);
  const std::int64_t since = clock_.SteadyMillis() - kRestMs;
  const auto awake = std::find_if(idle_.begin(), idle_.end(), [&](const Idle& each) { return each.since_ms > since; });
  rested.insert(rested.end(), std::make_move_iterator(idle_.begin()), std::make_move_iterator(awake));
  idle_.erase(idle_.begin(), awake);
}

void CurlHttpClient::CloseAll() {
  std::vector<Idle> all;
  std::lock_guard lock(mutex_);
  ++round_;
  all.swap(idle_);
}

}  // namespace vouch
