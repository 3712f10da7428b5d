// The Vouch servers that this agent deals with: which one is meant, how to call it, and that it knows us as its client
// (protocol reference 1.1). Used by login, enrollment and whoever finds that a server has forgotten us.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "remote/vouch_api.h"
#include "session/client_keys.h"
#include "session/state_file.h"

namespace vouch {

// From the config; may change while the agent runs.
struct ServerSettings {
  std::string server;                     // base URL; empty = none
  std::optional<EcdsaEncoding> encoding;  // of HTTP signatures, for every server; absent = found out
};

// Safe on any thread. All references must outlive it.
class Servers {
 public:
  struct Parts {
    HttpClient& http;
    Clock& clock;
    ClientKeys& keys;
    StateFile& state;
    std::function<ServerSettings()> settings;
  };

  explicit Servers(Parts parts) : parts_(std::move(parts)) {}

  // What to use where nobody names a server: the one of the last login or choice, else the configured one, else the one that
  // the reference CLI used; may be empty.
  std::string Default();
  std::string LastUsed();                    // of the last login or choice; may be empty
  void SetDefault(const ServerUrl& server);  // a file that cannot be written is logged only

  // For login and enrolment: makes a client key when there is none. One object a server, so that nonces and the clock's
  // offset are remembered.
  std::shared_ptr<VouchApi> Api(const ServerUrl& server);
  std::shared_ptr<VouchApi> Api(const ServerUrl& server, std::shared_ptr<const ClientKey> key);

  // Calls `work` with our client id there, registering where that is missing or not ours any more. When `work` finds that the
  // server does not know us (REASON_CLIENT_UNKNOWN), registers anew and calls it once more. Returns the id that worked.
  std::string AsClient(VouchApi& vouch, const std::function<void(const std::string& client_id)>& work);

  // The server has said that it does not know `client_id`: the next login registers anew. No effect when another registration
  // has taken its place.
  void ForgetRegistration(const ServerUrl& server, const std::string& client_id);

 private:
  std::string RegisteredClient(VouchApi& vouch);
  std::string Register(VouchApi& vouch);
  SignatureEncoding EncodingFor(const ServerUrl& server);

  const Parts parts_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<VouchApi>> apis_;  // by base URL, and the encoding where the config fixes one
};

}  // namespace vouch
