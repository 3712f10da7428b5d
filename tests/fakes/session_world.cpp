#include "fakes/session_world.h"

namespace vouch {

SessionWorld::SessionWorld() = default;
SessionWorld::~SessionWorld() = default;

std::shared_ptr<Session> SessionWorld::LogIn(const std::string& server) {
  const BegunLogin begun = login.Begin(server);
  return login.Finish(begun.login_id, {"id", "data", "sig", "{}", "user"});
}

}  // namespace vouch
