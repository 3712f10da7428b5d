#include "logout.h"

#include <ostream>

namespace vouch {

void RunLogout(Client& client, std::ostream& out) {
  const LogoutResponse answer = client.Logout(LogoutRequest());
  if (!answer.had_session())
    out << "Not logged in; nothing to do." << std::endl;
  else if (answer.revoked_at_server())
    out << "Logged out." << std::endl;
  else
    out << "Logged out here; the server could not be told and ends the session by itself." << std::endl;
}

}  // namespace vouch
