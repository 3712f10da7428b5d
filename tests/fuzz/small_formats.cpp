// The small texts that come from outside, each with what it must agree with. The first letter chooses: w WWW-Authenticate, t
// RFC 3339, h HTTP dates, u URLs, s server URLs, r role ARNs, b base64url, p regions and console pages.
#include <ctime>

#include "base/encoding.h"
#include "base/error.h"
#include "base/time_format.h"
#include "formats/arn.h"
#include "formats/console_url.h"
#include "formats/partition.h"
#include "fuzz.h"
#include "remote/auth_challenge.h"
#include "remote/url.h"

namespace {

using namespace vouch;
using fuzz::Promise;

constexpr std::int64_t kYear0 = -62'167'219'200, kYear10000 = 253'402'300'800, kDay = 86'400;

void Challenges(std::string_view text) {
  for (const AuthChallenge& challenge : ParseAuthChallenges(text)) {
    Promise(!challenge.scheme.empty(), "a challenge has a scheme");
    for (const auto& [name, value] : challenge.params) Promise(!name.empty(), "a parameter has a name");
  }
  HttpResponse response;
  response.headers = {{"www-authenticate", std::string(text)}, {"www-authenticate", "Bearer error=\"invalid_token\""}};
  Promise(ReadAuthRefusal(response).from_vouch, "a broken challenge does not hide the next header");
}

void Rfc3339(std::string_view text) {
  const auto seconds = ParseRfc3339(text);
  if (!seconds) return;
  Promise(*seconds >= kYear0 - kDay && *seconds < kYear10000 + kDay, "a time is of years 0 to 9999");
  if (*seconds < kYear0 || *seconds >= kYear10000) return;
  Promise(ParseRfc3339(FormatRfc3339(*seconds)) == seconds, "what is written is read as the same time");
}

// As the C library reads it.
void HttpDate(std::string_view text) {
  const auto seconds = ParseHttpDate(text);
  if (!seconds) return;
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  Promise(end != nullptr && *end == '\0' && timegm(&parts) == *seconds, "a date is the one that strptime reads");
}

void AnyUrl(std::string_view text) {
  const Url url = ParseUrl(text);
  Promise(url.scheme == "https" || IsLoopbackHost(url.host), "plain http goes to this machine only");
  Promise(!url.host.empty() && url.path.starts_with('/'), "a URL has a host and a path");
  Promise(url.authority.find('@') == std::string::npos, "a URL has no user name");
  const std::string again = url.scheme + "://" + url.authority + url.path + (url.query.empty() ? "" : "?" + url.query);
  const Url second = ParseUrl(again);
  Promise(second.authority == url.authority && second.path == url.path && second.query == url.query && second.host == url.host,
          "a URL put together again is the same");
}

void AnyServer(std::string_view text) {
  const ServerUrl server(text);
  Promise(ServerUrl(server.text()).text() == server.text(), "the normal form is one");
  Promise(server.text().ends_with(server.key()) && !server.key().empty(), "a server has a name");
  Promise(server.text().find_first_of(" '\"$`\\;&|<>()\r\n") == std::string::npos, "a server's URL can be typed into a shell");
}

void Role(std::string_view text) {
  const RoleArn role = ParseRoleArn(text);
  Promise(role.text == text, "an ARN is kept as it is");
  Promise("arn:" + role.partition + ":iam::" + role.account + ":role/" + role.role == text, "its parts are the whole");
  Promise(role.text.find_first_of(" '\"$`\\;&|<>()\r\n") == std::string::npos, "an ARN can be typed into a shell");
}

void Base64(std::string_view text) {
  if (const auto bytes = Base64UrlDecode(text)) Promise(Base64UrlEncode(*bytes) == text, "one text for the same bytes");
  Promise(Base64UrlDecode(Base64UrlEncode(text)) == std::string(text), "what is encoded is decoded");
}

void Region(std::string_view text) {
  const std::string region(fuzz::TakeUntil(text, "\n"));
  const Partition& partition = PartitionOfRegion(region);
  Promise(region.starts_with(partition.region_prefix), "a region is of its partition");
  const ConsoleHosts hosts = ConsoleHostsOf(region);
  const std::string page = ConsolePageUrl(hosts.console, region, text);
  Promise(page.starts_with("https://" + hosts.console), "no text leads away from the console");
  const std::string rest = page.substr(8 + hosts.console.size());
  Promise(rest.empty() || rest.front() == '/', "no text leads away from the console's host");
  Promise(ParseUrl(page.substr(0, page.find('#'))).host == hosts.console, "no parser is led away from the console's host");
}

void Read(char choice, std::string_view text) {
  switch (choice) {
    case 'w': return Challenges(text);
    case 't': return Rfc3339(text);
    case 'h': return HttpDate(text);
    case 'u': return AnyUrl(text);
    case 's': return AnyServer(text);
    case 'r': return Role(text);
    case 'b': return Base64(text);
    case 'p': return Region(text);
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::TextOf(data, size);
  const char choice = fuzz::TakeChoice(text);
  try {
    Read(choice, text);
  } catch (const Error& error) {
    Promise(error.reason() == REASON_CONFIGURATION, "what is refused is said to be wrongly set");
  }
  return 0;
}
