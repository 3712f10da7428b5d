#include "logout.h"

#include <ctime>
#include <ostream>

#include "time_text.h"

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
  if (answer.may_come_back())
    out << "Neither the keyring nor the state file could be changed: the session may come back when vouchd starts again. Make room on "
           "the disk, then run: vouchctl logout" << std::endl;
  else if (answer.left_in_keyring())
    out << "The keyring does not answer: the ended session is still in it. vouchd does not take it up again, and removes it later."
        << std::endl;
  const std::int64_t now = std::time(nullptr);
  if (answer.credentials_end_at() > now)
    out << "AWS credentials that programs already hold are good until " << FormatUntil(answer.credentials_end_at(), now)
        << "." << std::endl;
}

}  // namespace vouch
