#include "remote/curl_http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "remote/url.h"

namespace vouch {
namespace {

constexpr std::size_t kMaxHeaderBytes = 32 * 1024;

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
  bool too_large = false;
  const std::atomic<bool>* stopped = nullptr;
};

std::size_t OnBody(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + size > transfer.max_bytes) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, size);
  return size;
}

std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) noexcept {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMaxHeaderBytes) {
    transfer.too_large = true;
    return 0;
  }
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();  // a 100 or a proxy's answer came before
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  transfer.response.headers.emplace_back(std::move(name), value);
  return size;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return static_cast<Transfer*>(user)->stopped->load() ? 1 : 0;
}

void SetUp(CURL* easy, const HttpRequest& request, const Url& url, const HeaderList& headers, Transfer& transfer) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, url.scheme.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "vouchd/" VOUCH_VERSION);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.total_timeout.count()));
  if (IsLoopbackHost(url.host)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

// The only place that sees a CURLcode.
Error CurlError(CURLcode code, const Url& url, const Transfer& transfer) {
  if (transfer.too_large) return Error(REASON_BAD_ANSWER, url.host + " sent an answer over the size limit");
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK: return Error(REASON_UNREACHABLE, "vouchd is stopping");
    case CURLE_COULDNT_RESOLVE_HOST:
      return Error(REASON_UNREACHABLE, "cannot find the host " + url.host, "check the network and the server's name");
    case CURLE_COULDNT_CONNECT:
      return Error(REASON_UNREACHABLE, "cannot connect to " + url.authority, "check the network, VPN or proxy");
    case CURLE_OPERATION_TIMEDOUT:
      return Error(REASON_UNREACHABLE, url.host + " did not answer in time", "check the network, VPN or proxy");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return Error(REASON_UNREACHABLE, "no trusted TLS connection to " + url.host + " (" + curl_easy_strerror(code) + ")",
                   "check the proxy's or company's CA certificate and the clock");
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error(REASON_BAD_ANSWER, url.host + " sent no complete answer", "try again");
    default:
      return Error(REASON_UNREACHABLE, "the call to " + url.host + " failed (" + curl_easy_strerror(code) + ")",
                   "check the network, VPN or proxy");
  }
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
  HeaderList headers;
  for (const auto& [name, value] : request.headers) headers.Add(name + ": " + value);
  headers.Add("Expect:");  // no 100-continue round trip

  Easy easy = Take();
  Transfer transfer;
  transfer.max_bytes = request.max_answer_bytes;
  transfer.stopped = &stopped_;
  SetUp(easy.get(), request, url, headers, transfer);
  transfer.response.sent_ms = clock_.WallMillis();
  CURLcode code = curl_easy_perform(easy.get());
  transfer.response.received_ms = clock_.WallMillis();
  if (code != CURLE_OK) throw CurlError(code, url, transfer);  // the handle is dropped with its connections
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  GiveBack(std::move(easy));
  return std::move(transfer.response);
}

CurlHttpClient::Easy CurlHttpClient::Take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Easy handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  Easy handle(curl_easy_init());
  if (!handle) throw Error(REASON_INTERNAL, "curl_easy_init failed");
  return handle;
}

void CurlHttpClient::GiveBack(Easy handle) {
  constexpr std::size_t kKeep = 4;
  curl_easy_reset(handle.get());  // options only; open connections stay
  std::lock_guard lock(mutex_);
  if (idle_.size() < kKeep) idle_.push_back(std::move(handle));
}

}  // namespace vouch
