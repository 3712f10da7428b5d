#include "agent.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <thread>

#include "base/confinement.h"
#include "base/log.h"
#include "base/private_file.h"
#include "base/stack.h"
#include "live_config.h"
#include "remote/curl_http_client.h"
#include "server/call_server.h"
#include "server/connections.h"
#include "server/doorstep.h"
#include "server/listener.h"
#include "server/service.h"
#include "session/client_key_file.h"
#include "session/desktop_notifier.h"
#include "session/libsecret_store.h"
#include "session/limited_store.h"
#include "session/posture.h"
#include "session/reference_import.h"
#include "wall_timer.h"
#include "workers.h"

namespace vouch {
namespace {

constexpr std::chrono::milliseconds kFinishCalls{1500};  // grace of calls in flight when stopping, then they are refused
constexpr std::chrono::milliseconds kForceCalls{4000};
constexpr std::int64_t kFirstKeyringPause = 32;    // seconds; a keyring that hangs is left alone for 30 (session/limited_store)
constexpr std::int64_t kLongestKeyringPause = 512;

// When the config wants one; whether it answers is for those who use it to see.
std::unique_ptr<SecretStore> OpenKeyring(const Config& config, const Clock& clock) {
  if (!config.keyring) return nullptr;
  return std::make_unique<LimitedStore>(std::make_shared<LibsecretStore>(), clock);
}

ListeningSocket OpenSocket(const Config& config) {
  if (auto adopted = AdoptActivatedSocket()) {
    LogInfo("adopted the socket " + adopted->path);
    return std::move(*adopted);
  }
  if (config.socket_path.empty())
    throw Error(REASON_CONFIGURATION, "there is no place for the socket", "set XDG_RUNTIME_DIR or HOME");
  ListeningSocket socket = BindSocket(config.socket_path);
  LogInfo("listening on " + socket.path);
  return socket;
}

// One that cannot be made is told now; what would be kept in it is told again when it is to be written.
void MakeFolder(const std::string& path) {
  try {
    EnsurePrivateFolder(path);
  } catch (const Error& error) {
    LogWarning(std::string("nothing can be kept in ") + path + " until vouchd is restarted: " + error.what());
  }
}

void ConfineItself(const Config& config, const ListeningSocket& socket) {
  using What = ChangeableFolder::What;
  std::vector<ChangeableFolder> folders;
  for (const std::string& file : {config.state_path, config.client_key_path}) {
    folders.push_back({std::filesystem::path(file).parent_path().string(), What::kFiles});
    MakeFolder(folders.back().path);
  }
  if (socket.ours_to_unlink) folders.push_back({std::filesystem::path(socket.path).parent_path().string(), What::kRemoval});
  const Confinement confinement = Confine(folders);
  if (confinement.problem.empty())
    LogInfo("confined: files by Landlock (version " + std::to_string(confinement.files) + "), system calls by a filter");
  else
    LogWarning("not wholly confined: " + confinement.problem);
}

// A second vouchd must not touch anything else than the socket, and then this one must not touch what is none of its business.
ListeningSocket OpenSocketAndConfine(const Config& config) {
  ListeningSocket socket = OpenSocket(config);
  ConfineItself(config, socket);
  return socket;
}

}  // namespace

class Agent::Impl {
 public:
  explicit Impl(const Config& config)
      : socket_(OpenSocketAndConfine(config)),
        config_(config),
        http_(clock_, [this] { return config_.Get()->network; }),
        workers_(loop_),
        sts_(http_, clock_),
        keyring_(OpenKeyring(config, clock_)),
        key_file_(config.client_key_path),
        keys_(keyring_.get(), key_file_),
        state_(config.state_path),
        lock_(state_, [this] { return sessions_.current(); }),
        archive_(keyring_.get(), state_),
        sessions_(archive_, sts_.clock(), workers_.executor()),
        servers_({http_, clock_, keys_, state_, [this] {
                    auto now = config_.Get();
                    return ServerSettings{now->server, now->http_signature};
                  }}),
        login_({clock_, servers_, sessions_, keys_, [this] { return PostureToSend(); }}),
        enrollment_(clock_, servers_, sessions_, login_),
        security_keys_(clock_, sessions_),
        aws_(sessions_, sts_, clock_),
        eks_(aws_, sts_.clock()),
        eks_api_(http_, sts_.clock(), clock_),
        eks_clusters_(aws_, eks_api_, workers_.executor()),
        kubernetes_(sessions_, servers_),
        federation_(http_),
        console_(sessions_, aws_, federation_, workers_.executor(), clock_),
        audit_(config.audit_path, NameProgram),
        guard_({lock_, confirmations_, audit_, clock_, SystemProcesses(), [this] { return config_.Get()->policy; }, config.config_path}),
        hand_outs_({sessions_, aws_, eks_, eks_clusters_, kubernetes_, console_, sts_.clock(), guard_}),
        endpoints_(loop_, hand_outs_),
        service_({login_, enrollment_, security_keys_, sessions_, state_, keys_, archive_, hand_outs_, endpoints_,
                  workers_.executor(), clock_, clock_.WallMillis() / 1000, [this] { return ManagementRoles(); },
                  [this] { return config_.Get()->send_posture; },
                  [this] { return Posture(); },
                  [this](const EndpointToCheck& endpoint) { return CheckEndpoint(endpoint, http_, clock_, config_.Get()->network); },
                  notices_,
                  [this] { return config_.Problem(); }}) {
    sessions_.Watch([this] { boost::asio::post(loop_, [this] { Tick(); }); });
    sessions_.WatchEnds([this] { ForgetSession(); });
    ImportReferenceConfig(config.reference_path, state_);
    imported_roles_ = state_.ManagementRoles();
    login_.Restore();
  }

  void Run() {
    calls_ = std::make_unique<CallServer>(service_, connections_);
    doorstep_ = std::make_unique<Doorstep>(
        loop_, [this](std::string_view method, std::string_view request, const Peer& peer) {
          return service_.FindReady(method, request, peer);
        },
        [this](int fd) { calls_->Admit(fd); });
    listener_ = std::make_unique<Listener>(loop_, std::move(socket_),
                                           [this](Doorstep::Socket visitor) { doorstep_->Receive(std::move(visitor)); });
    listener_->Start();
    signals_.async_wait([this](const boost::system::error_code& cancelled, int) {
      if (!cancelled) Stop();
    });
    Tick();
    LogInfo("vouchd " VOUCH_VERSION " is ready");
    loop_.run();
    desktop_.StopAsking();  // its thread knows confirmations_, and by them all that hands out, and may post to the workers
    workers_.Join();
    LogInfo("vouchd has ended");
  }

 private:
  std::vector<std::string> ManagementRoles() {
    std::vector<std::string> roles = config_.Get()->management_roles;
    for (const std::string& role : imported_roles_)
      if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
    return roles;
  }

  std::string Posture() const { return MeasurePosture("", clock_.WallMillis() / 1000); }
  // What cannot be measured must not cost a login (protocol reference 3.6).
  std::string PostureToSend() try {
    return config_.Get()->send_posture ? Posture() : std::string();
  } catch (const std::exception& error) {
    LogWarning(std::string("no posture is told: ") + error.what());
    return {};
  }

  // The renewer: looks at the caches when something is due, at the latest every half minute, and at once after a suspend or when
  // the clock is set.
  void Tick() {
    sessions_.Expire();
    http_.CloseRested();
    std::int64_t next = std::min(Freshness::kTick, notices_.Look());
    for (const auto& session : sessions_.All()) {
      next = std::min(next, std::min(session->aws->Tick(Freshness::kTick), session->kubernetes->Tick(Freshness::kTick)));
      const std::int64_t left = session->identity().expires_at - session->vouch().clock().NowSeconds();
      next = std::min(next, std::max<std::int64_t>(1, left));
    }
    next = std::min(next, TryKeyringAgain());
    tick_.Wait(std::chrono::seconds(std::max<std::int64_t>(1, next)), [this] { Tick(); });
  }

  // A session is gone: so is what the libraries keep of it, and what is left on the stacks. (The workers wipe theirs after each
  // job.) On any thread; while the agent is being destroyed the loop runs nothing any more.
  void ForgetSession() {
    http_.CloseAll();
    boost::asio::post(loop_, [this] {
      WipeUnusedStack();
      if (calls_) calls_->WipeStack();
    });
  }

  // A keyring that was away when it was needed is asked again, ever more rarely. Returns the seconds until then.
  std::int64_t TryKeyringAgain() {
    const std::int64_t now = clock_.SteadyMillis() / 1000;
    if (!archive_.wants_another_try()) {
      keyring_pause_ = 0;
      return Freshness::kTick;
    }
    if (keyring_pause_ != 0 && now >= next_keyring_try_) workers_.executor().post("ask the keyring again", [this] { login_.CatchUp(); });
    if (keyring_pause_ == 0 || now >= next_keyring_try_) {
      keyring_pause_ = keyring_pause_ == 0 ? kFirstKeyringPause : std::min(2 * keyring_pause_, kLongestKeyringPause);
      next_keyring_try_ = now + keyring_pause_;
    }
    return next_keyring_try_ - now;
  }

  // On the loop: no new connections; what is under way may finish for a moment, then it is refused.
  void Stop() {
    LogInfo("stopping");
    listener_->Stop();
    doorstep_->Stop();
    endpoints_.Stop();  // their calls would stay open for ever
    tick_.Cancel();
    notices_.Stop();
    confirmations_.Stop();
    std::thread shutdown([this] { calls_->Shutdown(std::chrono::system_clock::now() + kForceCalls); });
    std::thread refuse([this] {
      if (!clock_.Sleep(kFinishCalls)) return;
      http_.Stop();
      for (const auto& session : sessions_.All())
        session->Close(Error(REASON_AGENT_UNREACHABLE, "vouchd is stopping", "try again"));
    });
    shutdown.join();
    clock_.Stop();
    http_.Stop();
    refuse.join();
    loop_.stop();
  }

  SystemClock clock_;
  ListeningSocket socket_;  // first: see OpenSocketAndConfine; no other thread than the onlooker's before
  LiveConfig config_;
  CurlHttpClient http_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_, SIGTERM, SIGINT};
  WallTimer tick_{loop_};
  Workers workers_;
  Sts sts_;
  std::int64_t keyring_pause_ = 0;     // seconds between two tries; 0: no need
  std::int64_t next_keyring_try_ = 0;  // steady clock, seconds
  std::unique_ptr<SecretStore> keyring_;
  ClientKeyFile key_file_;
  ClientKeys keys_;
  StateFile state_;
  Lock lock_;  // read before anything else looks at the file, and may move it aside
  SessionArchive archive_;
  Sessions sessions_;
  // Before the desktop, a thread of which tells it what was pressed.
  Confirmations confirmations_{{desktop_, clock_, workers_.executor(), [this] { return config_.Get()->desktop_notices; },
                                [this] { return std::int64_t{config_.Get()->policy->remember_minutes} * 60'000; },
                                [this](const ConfirmationSubject& subject, bool allowed, const char* way) {
                                  guard_.RecordWord(subject, allowed, way);
                                }}};
  DesktopNotifier desktop_;
  Notices notices_{{sessions_, desktop_, clock_, workers_.executor(), [this] { return config_.Get()->desktop_notices; }}};
  Servers servers_;
  Login login_;
  Enrollment enrollment_;
  SecurityKeys security_keys_;
  Aws aws_;
  Eks eks_;
  EksApi eks_api_;
  EksClusters eks_clusters_;
  std::vector<std::string> imported_roles_;  // of the reference CLI's AWS organisations; set before the first call
  Kubernetes kubernetes_;
  Federation federation_;
  Console console_;
  AuditLog audit_;
  Guard guard_;
  HandOuts hand_outs_;
  CredentialEndpoints endpoints_;
  Service service_;
  Connections connections_{loop_, Connections::FittingLimits()};
  std::unique_ptr<CallServer> calls_;
  std::unique_ptr<Doorstep> doorstep_;
  std::unique_ptr<Listener> listener_;
};

Agent::Agent(const Config& config) : impl_(std::make_unique<Impl>(config)) {}
Agent::~Agent() = default;
void Agent::Run() { impl_->Run(); }

}  // namespace vouch
