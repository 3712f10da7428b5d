// Login and logout: registration where it is missing, challenge, assertion, session (protocol reference 1.1 and 1.3). Called
// by server/service on workers.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "remote/vouch_api.h"
#include "session/client_keys.h"
#include "session/current_session.h"
#include "session/state_file.h"

namespace vouch {

struct BegunLogin {
  std::string login_id;
  std::string challenge;  // raw bytes
  std::string rp_id;
  std::string server;
  std::int64_t expires_at;  // Unix seconds
};

struct LogoutResult {
  bool had_session;
  bool revoked_at_server;
};

// Safe on any thread. All references must outlive it.
class Login {
 public:
  struct Parts {
    HttpClient& http;
    Clock& clock;
    ClientKeys& keys;
    StateFile& state;
    CurrentSession& current;
    const CorrectedClock& aws_clock;
    const Executor& executor;
    std::string configured_server;  // may be empty
  };

  explicit Login(Parts parts) : parts_(std::move(parts)) {}

  // `server` empty: the one of the last login, else the configured one. Throws what VouchApi::RequestChallenge does, and
  // REASON_CONFIGURATION when no server is known or its URL is bad.
  BegunLogin Begin(const std::string& server);

  // Throws REASON_CHALLENGE_EXPIRED and what VouchApi::Login does. The login_id is spent either way.
  std::shared_ptr<Session> Finish(const std::string& login_id, const Assertion& assertion);

  // Never throws because of the server.
  LogoutResult Logout();

  // At start: the session of the archive, when it is still good. Whether there was one that is over.
  void Restore(SessionArchive& archive);

  // Base URL of the server in use, also without a session; may be empty.
  std::string CurrentServer();

 private:
  struct Pending {
    std::shared_ptr<VouchApi> vouch;
    std::string client_id;
    std::string state;
    std::int64_t expires_at_ms;  // steady clock
  };

  std::shared_ptr<VouchApi> ApiFor(const ServerUrl& server, std::shared_ptr<const ClientKey> key);
  std::string RegisteredClient(VouchApi& vouch, bool anew);

  const Parts parts_;
  std::mutex mutex_;
  std::map<std::string, Pending> pending_;
  std::map<std::string, std::shared_ptr<VouchApi>> apis_;  // by base URL: nonces and clock offset live there
};

}  // namespace vouch
