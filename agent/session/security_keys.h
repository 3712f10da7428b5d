// The security keys of the account, as the server keeps them (protocol reference 1.8), and whether the session is alive there
// (1.9). Called by server/service on workers.
#pragma once

#include <string>
#include <vector>

#include "session/pending.h"
#include "session/sessions.h"

namespace vouch {

struct BegunRegistration {
  std::string registration_id;
  KeyRegistration options;
  std::string server;
  std::int64_t expires_at;  // Unix seconds, server-corrected
};

struct RemovedKey {
  int sessions_revoked;
  bool session_ended;  // ours was among them
};

// Safe on any thread. `server` is ServerUrl::text(), or empty: the current one. Every call throws the reasons of Sessions::Require and of the VouchApi
// method that it stands for; a session that the server has ended is dropped whole.
class SecurityKeys {
 public:
  SecurityKeys(const Clock& clock, Sessions& sessions) : sessions_(sessions), begun_(clock) {}

  std::vector<RegisteredKey> List(const std::string& server);

  // After a login: what status tells of the keys. Best effort, one call to the server; a failure is logged.
  void Learn(const std::shared_ptr<Session>& session);

  // A name is trimmed; REASON_CONFIGURATION when it is empty, over 100 characters or has control characters (pitfall 16).
  void Rename(const std::string& server, const std::string& id, const std::string& name);

  RemovedKey Remove(const std::string& server, const std::string& id);

  BegunRegistration BeginRegistration(const std::string& server, const std::string& name);

  // Returns the id of the new key. REASON_CHALLENGE_EXPIRED for an unknown, spent or old registration_id.
  std::string FinishRegistration(const std::string& registration_id, const Attestation& attestation);

  SessionCheck Check(const std::string& server);

 private:
  struct Begun {
    std::shared_ptr<Session> session;
    std::string state, name;
  };

  std::vector<RegisteredKey> ListOf(const std::shared_ptr<Session>& session);

  template <typename Call>
  auto As(const std::shared_ptr<Session>& session, Call call);

  Sessions& sessions_;
  Pending<Begun> begun_;
};

}  // namespace vouch
