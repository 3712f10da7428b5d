#include "remote/relying_party.h"

#include "base/error.h"
#include "remote/http.h"

namespace vouch {

void RequireOwnRelyingParty(const ServerUrl& server, const std::string& rp_id) {
  const std::string host = ParseUrl(server.text()).host;
  if (IsLoopbackHost(host) || rp_id == host) return;
  const bool has_two_names = rp_id.find('.') != std::string::npos && !rp_id.starts_with('.') && !rp_id.ends_with('.');
  if (has_two_names && host.ends_with("." + rp_id)) return;
  throw Error(REASON_BAD_ANSWER, server.key() + " wants a signature for " + rp_id.substr(0, 100) + ", which is another site",
              "log in there by its own name, or do not trust this server");
}

}  // namespace vouch
