#include "server.h"

#include <ctime>
#include <ostream>

#include "table.h"
#include "time_text.h"

namespace vouch {

void RunServerList(Client& client, std::ostream& out) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  const GetStatusResponse status = client.GetStatus(request);
  if (status.servers().empty()) {
    out << "No server is known; name one: vouchctl login --server https://…" << std::endl;
    return;
  }
  const std::int64_t now = std::time(nullptr);
  Table table({"SERVER", "CURRENT", "USER", "UNTIL"});
  for (const auto& server : status.servers())
    table.Add({server.url(), server.current() ? "yes" : "", server.email(),
               server.email().empty() ? "" : FormatUntil(server.expires_at(), now)});
  out << table.Format() << std::flush;
}

void RunServerUse(const std::string& url, Client& client, std::ostream& out) {
  SelectServerRequest request;
  request.set_server(url);
  const SelectServerResponse answer = client.SelectServer(request);
  out << "The current server is " << Printable(answer.server())
      << (answer.has_session() ? ", logged in." : "; not logged in there, run: vouchctl login") << std::endl;
}

}  // namespace vouch
