// What is remembered of servers and is no secret: $XDG_STATE_HOME/vouch/state.json. Members that a newer version wrote
// survive every rewrite (pitfall 14).
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace vouch {

struct ServerState {
  std::string server_url;
  std::string client_id;   // from RFC 7591 registration
  std::string key_id;      // kid of the client key that was registered
};

// Safe on any thread. A file that cannot be understood is moved aside to state.json.bad and logged, never overwritten.
class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  std::string CurrentServer();  // base URL, or empty
  std::optional<ServerState> FindServer(const std::string& key);

  void SetCurrentServer(const std::string& server_url);
  void KeepServer(const std::string& key, const ServerState& state);
  void ForgetRegistration(const std::string& key);  // of that server only

 private:
  const std::string path_;
  std::mutex mutex_;
};

}  // namespace vouch
