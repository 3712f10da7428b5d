// EKS tokens, signed on this machine from the cached AWS credentials: no network once those are there (design 5.6).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "credentials/aws.h"

namespace vouch {

struct EksToken {
  std::string token;
  std::int64_t expires_at;  // Unix seconds
};

// Safe on any thread.
class Eks {
 public:
  using Outcome = std::variant<EksToken, Error>;
  using Done = std::function<void(const Outcome&)>;

  Eks(Aws& aws, const CorrectedClock& aws_clock) : aws_(aws), clock_(aws_clock) {}

  // As Aws::Get; further failures: REASON_CONFIGURATION (cluster name), REASON_TOKEN_TOO_LARGE.
  void Get(const AwsRequest& request, const std::string& cluster, Done done);

  // As Aws::Find; nothing also where the token cannot be made.
  std::optional<EksToken> Find(const AwsRequest& request, const std::string& cluster);

 private:
  Outcome Sign(const AwsCredentials& credentials, const std::string& cluster) const;

  Aws& aws_;
  const CorrectedClock& clock_;
};

}  // namespace vouch
