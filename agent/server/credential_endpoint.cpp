#include "server/credential_endpoint.h"

#include <fcntl.h>
#include <openssl/rand.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <list>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/log.h"
#include "base/openssl.h"
#include "base/time_format.h"

namespace vouch {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Outcome = ExpiringCache<AwsCredentials>::Outcome;

constexpr std::string_view kUrlStart = "http://127.0.0.1:";
constexpr std::size_t kTokenBytes = 32;
constexpr int kFirstFreePort = 1024;

Secret NewToken() {
  std::string bytes(kTokenBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw OpenSslError("RAND_bytes");
  std::string text = Base64UrlEncode(bytes);
  Secret token(text);
  Wipe(bytes);
  Wipe(text);
  return token;
}

std::string ToText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string Body(const AwsCredentials& credentials) {
  return ToText({{"AccessKeyId", credentials.keys.access_key_id},
                 {"SecretAccessKey", credentials.keys.secret_access_key.Reveal()},
                 {"Token", credentials.keys.session_token.Reveal()},
                 {"Expiration", FormatRfc3339(credentials.expires_at)},
                 {"AccountId", credentials.account_id}});
}

std::string Body(std::string_view code, const std::string& message) {
  return ToText({{"code", code}, {"message", message}});
}

// 4xx for what asking again does not change: some SDKs then do not ask again.
http::status StatusOf(Reason reason) {
  switch (GrpcCode(reason)) {
    case 16: return http::status::unauthorized;           // UNAUTHENTICATED
    case 7: return http::status::forbidden;               // PERMISSION_DENIED
    case 3: case 9: return http::status::bad_request;     // INVALID_ARGUMENT, FAILED_PRECONDITION
    case 5: return http::status::not_found;               // NOT_FOUND
    case 8: return http::status::too_many_requests;       // RESOURCE_EXHAUSTED
    case 14: return http::status::service_unavailable;    // UNAVAILABLE
    default: return http::status::internal_server_error;
  }
}

Error NoPort(const error_code& error) {
  return Error(REASON_AGENT_UNREACHABLE, "vouchd cannot open its credential endpoint: " + error.message(), "try again");
}

}  // namespace

struct CredentialEndpoints::Granted {
  Granted(Secret t, AwsRequest r, Caller c, std::function<void(const Error&)> e, std::uint16_t p)
      : token(std::move(t)), request(std::move(r)), caller(std::move(c)), ended(std::move(e)), port(p) {}

  const Secret token;
  const AwsRequest request;
  const Caller caller;
  const std::function<void(const Error&)> ended;
  const std::uint16_t port;
  std::atomic<bool> open = true;
  std::size_t asking = 0;  // on the loop
};

struct CredentialEndpoints::State {
  asio::io_context& loop;
  HandOuts& hand_outs;
  const Limits limits;

  std::mutex mutex;
  bool stopped = false;
  std::map<std::uint16_t, std::shared_ptr<Door>> doors;  // by port

  // On the loop.
  std::list<Connection*> connections;  // the oldest first
  std::chrono::steady_clock::time_point warned_at{};
};

// One listening port and the grants that are asked for there.
class CredentialEndpoints::Door : public std::enable_shared_from_this<Door> {
 public:
  // Binds. Any thread.
  Door(std::shared_ptr<State> state, std::uint16_t port)
      : state_(std::move(state)), acceptor_(state_->loop), pause_(state_->loop) {
    error_code error;
    const tcp::endpoint wanted(asio::ip::address_v4::loopback(), port);
    acceptor_.open(wanted.protocol(), error);
    if (error) throw NoPort(error);
    fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);  // over connections that are ending, not over a listener
    acceptor_.bind(wanted, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw NoPort(error);
    port_ = acceptor_.local_endpoint().port();
  }

  std::uint16_t port() const { return port_; }

  // On the loop, as what follows.
  void Accept();
  void Close() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  // The grant of a token. Compares with every one, and each in constant time, so that the time tells nothing.
  std::shared_ptr<Granted> Find(std::string_view token) {
    const Secret shown(token);
    const std::lock_guard lock(state_->mutex);
    std::shared_ptr<Granted> found;
    for (const auto& granted : grants)
      if (granted->token == shown) found = granted;
    return found;
  }

  std::vector<std::shared_ptr<Granted>> grants;  // under the state's mutex

 private:
  const std::shared_ptr<State> state_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
};

// One request and its answer; then the connection is closed. On the loop.
class CredentialEndpoints::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<State> state, std::shared_ptr<Door> door)
      : state_(std::move(state)), door_(std::move(door)), stream_(std::move(socket)), wait_(state_->loop),
        buffer_(state_->limits.header + 512), place_(state_->connections.insert(state_->connections.end(), this)) {}
  ~Connection() {
    state_->connections.erase(place_);
    if (granted_) --granted_->asking;
  }

  void Read() {
    parser_.header_limit(static_cast<std::uint32_t>(state_->limits.header));
    stream_.expires_after(state_->limits.read);
    http::async_read_header(stream_, buffer_, parser_, [self = shared_from_this()](const error_code& error, std::size_t) {
      if (!error) return self->Handle();
      if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return self->Refuse(http::status::request_header_fields_too_large, "the header is too large");
      if (error.category() == make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream)
        self->Refuse(http::status::bad_request, "this is no HTTP request");
    });
  }

  bool IsReading() const { return !answered_ && !granted_; }
  void Drop() {
    answered_ = true;
    wait_.cancel();
    stream_.close();
  }

 private:
  void Handle() {
    if (answered_) return;
    const auto& request = parser_.get();
    const auto has_one = [&](http::field field) { return request.count(field) == 1; };
    // A browser names the page's origin, or the name that the page made resolve to us (DNS rebinding).
    if (request.count(http::field::origin) != 0) return Refuse(http::status::forbidden, "pages of a browser get nothing here");
    if (!has_one(http::field::host) || request[http::field::host] != "127.0.0.1:" + std::to_string(door_->port()))
      return Refuse(http::status::forbidden, "the Host header is not this endpoint's");
    if (request.count(http::field::authorization) == 0)
      return Refuse(http::status::unauthorized,
                    "there is no Authorization header; "
                    "AWS SDKs from before 2024 do not read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    std::shared_ptr<Granted> granted;
    if (has_one(http::field::authorization)) {
      const auto shown = request[http::field::authorization];
      granted = door_->Find({shown.data(), shown.size()});
    }
    if (!granted) return Refuse(http::status::unauthorized, "the Authorization header has no token of a running grant");
    if (request.method() != http::verb::get) return Refuse(http::status::method_not_allowed, "only GET is answered");
    if (request.target() != "/") return Refuse(http::status::not_found, "only / is answered");
    if (!parser_.is_done()) return Refuse(http::status::bad_request, "a request has no body");
    decided_.emplace(state_->hand_outs, granted->caller, granted->request, state_->limits.word);
    if (granted->asking >= state_->limits.asking) return Fail(Error(REASON_RATE_LIMITED, "too many requests", "ask again"));
    granted_ = std::move(granted);
    ++granted_->asking;
    Ask();
  }

  // Answered in time whatever the upstream does; a fetch that takes longer goes on, and the SDK's next attempt finds its result.
  void Ask() {
    wait_.expires_after(state_->limits.answer);
    wait_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled) self->OutOfTime();
    });
    auto done = [weak = weak_from_this(), &loop = state_->loop](const Outcome& outcome) {
      asio::post(loop, [weak, outcome] {
        if (auto self = weak.lock()) self->Answer(outcome);
      });
    };
    try {
      decided_->Get(std::move(done));
    } catch (const std::exception& error) {
      LogError(std::string("the credential endpoint failed: ") + error.what());
      Fail(Error(REASON_INTERNAL, "vouchd failed", "see its log: journalctl --user -u vouchd"));
    }
  }

  void OutOfTime() {
    if (auto old = decided_->FindStillValid()) return Answer(old);
    Fail(Error(REASON_UNREACHABLE, "the credentials are still being fetched", "ask again in a second"));
  }

  void Answer(const Outcome& outcome) {
    if (answered_) return;
    if (!granted_->open) {
      decided_->Told(REASON_CANCELLED);
      return Refuse(http::status::unauthorized, "the grant has ended");
    }
    if (const Error* error = std::get_if<Error>(&outcome)) return Fail(*error);
    decided_->Told(REASON_UNSPECIFIED);
    Write(http::status::ok, Body(*std::get<0>(outcome)));
  }

  void Fail(const Error& error) {
    if (answered_) return;
    decided_->Told(error.reason());
    const std::string remedy = error.remedy().empty() ? "" : "; " + error.remedy();
    Write(StatusOf(error.reason()), Body(ReasonName(error.reason()), error.what() + remedy));
  }

  void Refuse(http::status status, const std::string& why) {
    const auto now = std::chrono::steady_clock::now();
    if (now - state_->warned_at > std::chrono::minutes(1)) {  // whoever asks must not fill the log
      state_->warned_at = now;
      LogWarning("refused a request at the credential endpoint: " + why);
    }
    Write(status, Body("refused", why));
  }

  void Write(http::status status, std::string body) {
    if (std::exchange(answered_, true)) return;
    wait_.cancel();
    answer_.version(11);
    answer_.result(status);
    answer_.keep_alive(false);
    answer_.set(http::field::content_type, "application/json");
    answer_.set(http::field::cache_control, "no-store");
    answer_.set("X-Content-Type-Options", "nosniff");
    answer_.body() = std::move(body);
    answer_.prepare_payload();
    stream_.expires_after(state_->limits.read);
    http::async_write(stream_, answer_, [self = shared_from_this()](const error_code&, std::size_t) {
      Wipe(self->answer_.body());
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    });
  }

  const std::shared_ptr<State> state_;
  const std::shared_ptr<Door> door_;
  beast::tcp_stream stream_;
  asio::steady_timer wait_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> answer_;
  std::shared_ptr<Granted> granted_;
  std::optional<HandOuts::EndpointAnswer> decided_;  // once the token was found
  bool answered_ = false;
  const std::list<Connection*>::iterator place_;
};

void CredentialEndpoints::Door::Accept() {
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
    if (!self->acceptor_.is_open()) return;
    if (error) {  // out of descriptors, most likely: accepting again at once would spin
      self->pause_.expires_after(std::chrono::milliseconds(100));
      return self->pause_.async_wait([self](const error_code& cancelled) {
        if (!cancelled && self->acceptor_.is_open()) self->Accept();
      });
    }
    auto& all = self->state_->connections;
    if (all.size() >= self->state_->limits.connections) {
      const auto silent = std::find_if(all.begin(), all.end(), [](const Connection* each) { return each->IsReading(); });
      if (silent == all.end()) return self->Accept();  // drops the new one
      (*silent)->Drop();
    }
    std::make_shared<Connection>(std::move(socket), self->state_, self)->Read();
    self->Accept();
  });
}

CredentialEndpoints::CredentialEndpoints(asio::io_context& loop, HandOuts& hand_outs)
    : CredentialEndpoints(loop, hand_outs, Limits()) {}

CredentialEndpoints::CredentialEndpoints(asio::io_context& loop, HandOuts& hand_outs, const Limits& limits)
    : state_(new State{loop, hand_outs, limits, {}, false, {}, {}, {}}) {}

CredentialEndpoints::~CredentialEndpoints() { Stop(); }

std::unique_ptr<CredentialEndpoints::Grant> CredentialEndpoints::Open(const AwsRequest& request, const Caller& caller,
                                                                      std::uint16_t port, std::function<void(const Error&)> ended) {
  Secret token = NewToken();
  const std::lock_guard lock(state_->mutex);
  if (state_->stopped) throw Error(REASON_AGENT_UNREACHABLE, "vouchd is stopping", "try again");
  auto place = port == 0 ? state_->doors.begin() : state_->doors.find(port);
  if (place == state_->doors.end()) {
    auto door = std::make_shared<Door>(state_, port);
    place = state_->doors.emplace(door->port(), door).first;
    asio::post(state_->loop, [door] { door->Accept(); });
  }
  auto granted = std::make_shared<Granted>(std::move(token), request, caller, std::move(ended), place->first);
  place->second->grants.push_back(granted);
  LogInfo("granted a credential endpoint for " + request.role.text);
  return std::make_unique<Grant>(state_, std::move(granted));
}

void CredentialEndpoints::Stop() {
  std::map<std::uint16_t, std::shared_ptr<Door>> doors;
  std::vector<std::shared_ptr<Granted>> grants;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    doors.swap(state_->doors);
    for (const auto& [port, door] : doors) std::move(door->grants.begin(), door->grants.end(), std::back_inserter(grants));
  }
  for (const auto& [port, door] : doors) door->Close();
  for (Connection* connection : state_->connections) connection->Drop();
  for (const auto& granted : grants)
    if (granted->open.exchange(false) && granted->ended)
      granted->ended(Error(REASON_AGENT_UNREACHABLE, "vouchd is stopping", "try again"));
}

CredentialEndpoints::Grant::Grant(std::shared_ptr<State> state, std::shared_ptr<Granted> granted)
    : state_(std::move(state)), granted_(std::move(granted)) {}

CredentialEndpoints::Grant::~Grant() {
  granted_->open = false;
  const std::lock_guard lock(state_->mutex);
  const auto place = state_->doors.find(granted_->port);
  if (place == state_->doors.end()) return;  // stopped
  const std::shared_ptr<Door> door = place->second;
  std::erase(door->grants, granted_);
  if (!door->grants.empty()) return;
  state_->doors.erase(place);
  asio::post(state_->loop, [door] { door->Close(); });
}

std::string CredentialEndpoints::Grant::url() const { return std::string(kUrlStart) + std::to_string(granted_->port) + "/"; }
const Secret& CredentialEndpoints::Grant::token() const { return granted_->token; }

std::uint16_t ResumedPort(const std::string& url, const std::string& token) {
  if (url.empty() && token.empty()) return 0;
  int port = 0;
  if (url.starts_with(kUrlStart)) std::from_chars(url.data() + kUrlStart.size(), url.data() + url.size(), port);
  const auto bytes = Base64UrlDecode(token);
  const bool ours = url == std::string(kUrlStart) + std::to_string(port) + "/" && port >= kFirstFreePort && port <= 65535;
  if (!ours || !bytes || bytes->size() != kTokenBytes)
    throw Error(REASON_CONFIGURATION, "this is no credential endpoint of vouchd's", "start the command again");
  return static_cast<std::uint16_t>(port);
}

}  // namespace vouch
