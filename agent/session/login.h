// Login and logout: challenge, assertion, session (protocol reference 1.3, 1.9). Called by server/service on workers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "session/pending.h"
#include "session/servers.h"
#include "session/sessions.h"

namespace vouch {

struct BegunLogin {
  std::string login_id;
  std::string challenge;  // raw bytes
  std::string rp_id;
  std::string server;
  std::int64_t expires_at;  // Unix seconds
};

struct LogoutResult {
  bool had_session = false;
  bool revoked_at_server = false;
  bool left_in_keyring = false;   // as SessionArchive::Ended has it
  bool may_come_back = false;
  std::int64_t credentials_end_at = 0;  // of what AWS takes on regardless; Unix seconds, 0 = nothing
};

// Safe on any thread. All references must outlive it.
class Login {
 public:
  struct Parts {
    Clock& clock;
    Servers& servers;
    Sessions& sessions;
    ClientKeys& keys;
    std::function<std::string()> posture;  // JSON text for authorization_details; empty = nothing is told
  };

  explicit Login(Parts parts) : parts_(std::move(parts)), begun_(parts_.clock) {}

  // `server` empty: the current one. Throws what VouchApi::RequestChallenge does, and REASON_CONFIGURATION when no server is
  // known or its URL is bad.
  BegunLogin Begin(const std::string& server);

  // Base URL of the server that it was begun at; empty when it is unknown, spent or over.
  std::string FindServer(const std::string& login_id);

  // Throws REASON_CHALLENGE_EXPIRED and what VouchApi::Login does (after REASON_CLIENT_UNKNOWN the next login registers anew). The login_id is spent either way.
  std::shared_ptr<Session> Finish(const std::string& login_id, const Assertion& assertion);

  // Never throws because of the server. REASON_CONFIGURATION for a bad URL.
  LogoutResult Logout(const std::string& server);
  LogoutResult LogoutEverywhere();

  // At start: the sessions of the archive that are still good. Never throws: what cannot be used is logged.
  void Restore();

  // A keyring that was away may be back: what could not be taken from it, or told to it, is. The same.
  void CatchUp();

  // Base URL of the server in use, also without a session; may be empty.
  std::string CurrentServer();

  // Makes it the current one. Returns its base URL. REASON_CONFIGURATION.
  std::string SelectServer(const std::string& server);

 private:
  struct Begun {
    std::shared_ptr<VouchApi> vouch;
    std::string client_id;
    std::string state;
  };

  void RestoreOne(StoredSession stored, const std::shared_ptr<const ClientKey>& key);
  LogoutResult Revoke(const Sessions::Dropped& dropped);

  const Parts parts_;
  Pending<Begun> begun_;
};

}  // namespace vouch
