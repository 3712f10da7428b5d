#include "credentials/console.h"

#include <utility>

#include "base/log.h"
#include "formats/console_url.h"
#include "remote/url.h"

namespace vouch {
namespace {

constexpr int kAttempts = 3;  // as at STS
constexpr Millis kPause{400};

}  // namespace

ConsoleTarget ResolveConsoleTarget(const std::string& region, const std::string& custom_endpoint, const std::string& page) {
  const ConsoleHosts hosts = ConsoleHostsOf(region);
  const std::string endpoint = custom_endpoint.empty() ? "https://" + hosts.signin : custom_endpoint;
  ParseUrl(endpoint);
  return {endpoint, ConsolePageUrl(hosts.console, region, page)};
}

void Console::Open(const AwsRequest& request, const ConsoleTarget& target, Done done) {
  const std::string issuer = sessions_.Require(request.server)->vouch().server().text();
  aws_.Get(request, [=, this, done = std::move(done)](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
    if (const Error* error = std::get_if<Error>(&outcome)) return done(*error);
    auto credentials = std::get<0>(outcome);
    executor_.post("console", [=, this] { done(Ask(*credentials, target, issuer)); });
  });
}

Console::Outcome Console::Ask(const AwsCredentials& credentials, const ConsoleTarget& target, const std::string& issuer) try {
  const Secret token = SigninToken(credentials, target.signin_endpoint);
  return ConsolePage{ConsoleLoginUrl(target.signin_endpoint, issuer, target.destination, token), credentials.expires_at,
                     credentials.account_id};
} catch (const Error& error) {
  LogWarning("no console page for " + credentials.role_arn + ": " + error.what());
  return error;
} catch (const std::exception& failure) {
  LogError(std::string("a console page: ") + failure.what());
  return Error(REASON_INTERNAL, "vouchd failed while asking for a console page", "see its log");
}

Secret Console::SigninToken(const AwsCredentials& credentials, const std::string& endpoint) {
  const SigningKeys keys{credentials.keys.access_key_id, credentials.keys.secret_access_key.Reveal(),
                         credentials.keys.session_token.Reveal()};
  for (int attempt = 1;; ++attempt) {
    try {
      return federation_.SigninToken(endpoint, keys);
    } catch (const Error& error) {
      if (!IsTransient(error.reason()) || attempt >= kAttempts || !clock_.Sleep(kPause * attempt)) throw;
    }
  }
}

}  // namespace vouch
