#include "credentials/eks.h"

#include <algorithm>
#include <utility>

#include "formats/eks_token.h"

namespace vouch {

void Eks::Get(const AwsRequest& request, const std::string& cluster, Done done) {
  aws_.Get(request, [this, cluster, done = std::move(done)](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
    if (const Error* error = std::get_if<Error>(&outcome)) return done(*error);
    done(Sign(*std::get<0>(outcome), cluster));
  });
}

std::optional<EksToken> Eks::Find(const AwsRequest& request, const std::string& cluster) {
  const std::shared_ptr<const AwsCredentials> credentials = aws_.Find(request);
  if (!credentials) return std::nullopt;
  Outcome outcome = Sign(*credentials, cluster);
  if (auto* token = std::get_if<EksToken>(&outcome)) return std::move(*token);
  return std::nullopt;
}

Eks::Outcome Eks::Sign(const AwsCredentials& credentials, const std::string& cluster) const try {
  constexpr std::int64_t kTokenLife = 14 * 60;  // the authenticator accepts 15 minutes; kubectl has no slack of its own
  constexpr std::int64_t kMargin = 60;          // before the credential under it ends
  const std::int64_t now = clock_.NowSeconds();
  const SigningKeys keys{credentials.keys.access_key_id, credentials.keys.secret_access_key.Reveal(),
                         credentials.keys.session_token.Reveal()};
  std::string token = MakeEksToken(keys, credentials.sts_host, credentials.region, cluster, now);
  // A credential with less than the margin left still makes a token that works until it ends.
  const std::int64_t end = std::max(credentials.expires_at - kMargin, std::min(credentials.expires_at, now + 1));
  return EksToken{std::move(token), std::min(now + kTokenLife, end)};
} catch (const Error& error) {
  return error;
}

}  // namespace vouch
