#include "logout.h"

#include <ostream>

namespace vouch {

void RunLogout(const LogoutOptions& options, Client& client, std::ostream& out) {
  LogoutRequest request;
  request.set_all(options.all);
  if (!options.all) request.set_server(options.server);
  const LogoutResponse answer = client.Logout(request);
  if (!answer.had_session())
    out << "Not logged in; nothing to do." << std::endl;
  else if (answer.revoked_at_server())
    out << (options.all ? "Logged out everywhere." : "Logged out.") << std::endl;
  else
    out << "Logged out here; the server could not be told and ends the session by itself." << std::endl;
}

}  // namespace vouch
