// Pages that sign a browser in to the AWS console, made from the cached credentials of a role. Called by server/service.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "credentials/aws.h"
#include "remote/federation.h"

namespace vouch {

struct ConsoleTarget {
  std::string signin_endpoint;  // absolute URL that is called, and that the page is on
  std::string destination;      // absolute URL of the console's page
};

// `custom_endpoint` is AWS_ENDPOINT_URL_SIGNIN, `page` as in ConsolePageUrl. Throws REASON_CONFIGURATION as the functions of
// console_url.h, and for an endpoint that is neither https nor loopback. Makes no call.
ConsoleTarget ResolveConsoleTarget(const std::string& region, const std::string& custom_endpoint, const std::string& page);

struct ConsolePage {
  Secret url;            // good once, for 15 minutes
  std::int64_t ends_at;  // of the console session: that of the credentials
  std::string account_id;
};

// Safe on any thread.
class Console {
 public:
  using Outcome = std::variant<ConsolePage, Error>;
  using Done = std::function<void(const Outcome&)>;

  Console(Sessions& sessions, Aws& aws, Federation& federation, const Executor& executor, Clock& clock)
      : sessions_(sessions), aws_(aws), federation_(federation), executor_(executor), clock_(clock) {}

  // Answers `done` exactly once, from a worker or, for a refusal, on this thread. Throws as Aws::Get; further failures are those
  // of Federation, of which the transient ones are tried three times.
  void Open(const AwsRequest& request, const ConsoleTarget& target, Done done);

 private:
  Outcome Ask(const AwsCredentials& credentials, const ConsoleTarget& target, const std::string& issuer);
  Secret SigninToken(const AwsCredentials& credentials, const std::string& endpoint);

  Sessions& sessions_;
  Aws& aws_;
  Federation& federation_;
  const Executor& executor_;
  Clock& clock_;
};

}  // namespace vouch
