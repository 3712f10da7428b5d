// What is remembered of servers and is no secret: $XDG_STATE_HOME/vouch/state.json. Members that a newer version wrote
// survive every rewrite (pitfall 14).
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "formats/http_signature.h"

namespace vouch {

struct ServerState {
  std::string server_url;
  std::string client_id;   // from RFC 7591 registration
  std::string key_id;      // kid of the client key that was registered
  EcdsaEncoding encoding = EcdsaEncoding::kRaw;  // that its HTTP signatures are known to need
};

// What the reference CLI's config.json said (session/reference_import).
struct ReferenceConfig {
  std::string current_server;                 // base URL; may be empty
  std::vector<std::string> servers;           // base URLs
  std::vector<std::string> management_roles;  // ARNs, of its AWS organisations
};

// Safe on any thread. A file that cannot be understood is moved aside to state.json.bad and logged, never overwritten; the new one has
// a lock, since nobody knows whether there was one.
// Readers wait for no writer.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  std::string CurrentServer();  // base URL, or empty
  std::optional<ServerState> FindServer(const std::string& key);
  std::vector<std::string> ServerUrls();

  void SetCurrentServer(const std::string& server_url);
  void KeepRegistration(const std::string& key, const ServerState& state);  // its encoding is left as it is
  void ForgetRegistration(const std::string& key, const std::string& client_id);  // that one, of that server only
  void KeepEncoding(const std::string& key, const std::string& server_url, EcdsaEncoding encoding);

  // The lock (server/lock), as its own text; empty = none. A file that cannot be understood is REASON_CONFIGURATION here, and left
  // where it is: whether there was a lock in it, nobody knows.
  std::string FindLock();
  void KeepLock(const std::string& lock);
  // The sessions that a restart may take up again, by server. What the keyring holds beside them has ended, though it could not be
  // removed there.
  bool MayResume(const std::string& server_url, const std::string& session_id);
  bool MayResumeAt(const std::string& server_url);  // any; empty: at any server
  void LetResume(const std::string& server_url, const std::string& session_id);      // beside those that may already
  void LetResumeOnly(const std::string& server_url, const std::string& session_id);  // of that server
  void ForbidResuming(const std::string& server_url);  // empty: at every server

  // The import happens once: whether it has, and what it brought. What is known already wins.
  bool HasImported();
  void KeepImport(const ReferenceConfig& config);
  std::string ImportedServer();  // base URL, or empty
  std::vector<std::string> ManagementRoles();

 private:
  const std::string path_;
  std::mutex mutex_;
};

}  // namespace vouch
