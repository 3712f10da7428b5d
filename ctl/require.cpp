#include "require.h"

#include <ostream>

#include "error.h"
#include "time_text.h"

namespace vouch {

int RunRequire(std::int64_t seconds, const std::string& server, Client& client, std::ostream& err) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(server);
  const GetStatusResponse status = client.GetStatus(request);
  if (!status.has_session()) throw Error(REASON_NOT_LOGGED_IN, "not logged in", "run: vouchctl login");
  const std::int64_t left = status.session().seconds_left();
  if (left >= seconds) return 0;
  err << "vouchctl: the session lasts " << FormatDuration(left) << ", not " << FormatDuration(seconds)
      << "; run: vouchctl login" << std::endl;
  return ExitCode(REASON_SESSION_EXPIRED);
}

std::int64_t ParseDuration(const std::string& text) {
  constexpr std::int64_t kWeek = 7 * 24 * 3600;
  constexpr std::size_t kMostDigits = 6;
  const Error bad(REASON_CONFIGURATION, "this is no duration", "write it as 90m, 2h or 1h30m");
  std::int64_t total = 0, unit_before = kWeek;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) number = number * 10 + (text[at] - '0');
    if (digits == 0 || digits > kMostDigits || at == text.size()) throw bad;
    const char letter = text[at++];
    const std::int64_t unit = letter == 'h' ? 3600 : letter == 'm' ? 60 : letter == 's' ? 1 : 0;
    if (unit == 0 || unit >= unit_before) throw bad;
    unit_before = unit;
    total += number * unit;
  }
  if (total <= 0 || total > kWeek) throw bad;
  return total;
}

}  // namespace vouch
