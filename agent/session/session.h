// Who you are, and everything that must end when you stop being it. Made by session/login or from the secret store, held by
// Sessions, used by credentials/.
#pragma once

#include <memory>
#include <string>

#include "base/expiring_cache.h"
#include "formats/sts_response.h"
#include "remote/vouch_api.h"
#include "session/known_keys.h"

namespace vouch {

// STS credentials with what status says of them.
struct AwsCredentials {
  StsCredentials keys;
  std::int64_t expires_at;  // Unix seconds, by AWS's clock
  std::string role_arn, account_id, region, sts_host, agent_source;
  std::string via;  // the management role that they came through; empty = directly

  AwsCredentials(StsCredentials k, std::string role, std::string account, std::string where, std::string host,
                 std::string source, std::string through = {})
      : keys(std::move(k)), expires_at(keys.expires_at), role_arn(std::move(role)), account_id(std::move(account)),
        region(std::move(where)), sts_host(std::move(host)), agent_source(std::move(source)), via(std::move(through)) {}
};

struct KubernetesToken {
  Secret token;
  std::int64_t expires_at;  // Unix seconds, 30 s before the token's own end
  std::string audience;

  KubernetesToken(Secret t, std::int64_t end, std::string aud)
      : token(std::move(t)), expires_at(end), audience(std::move(aud)) {}
};

// Immutable but for its caches and what is known of the keys. Shared by whoever is working for it; gone when the last of them is done.
class Session {
 public:
  struct Identity {
    std::string client_id;
    std::string email;
    std::int64_t authenticated_at;  // Unix seconds, server-corrected
    std::int64_t expires_at;
    std::string id = {};  // ours, random: what the state file calls it
  };

  Session(std::shared_ptr<VouchApi> vouch, AccessToken token, Identity identity, const CorrectedClock& aws_clock,
          const Executor& executor)
      : aws(std::make_shared<ExpiringCache<AwsCredentials>>(aws_clock, executor)),
        kubernetes(std::make_shared<ExpiringCache<KubernetesToken>>(vouch->clock(), executor)),
        vouch_(std::move(vouch)), token_(std::move(token)), identity_(std::move(identity)) {}

  VouchApi& vouch() const { return *vouch_; }
  std::shared_ptr<VouchApi> shared_vouch() const { return vouch_; }
  const AccessToken& token() const { return token_; }
  const Identity& identity() const { return identity_; }
  bool IsOver() const { return vouch_->clock().NowSeconds() >= identity_.expires_at; }

  // Nobody gets anything from it any more; who waits is told `reason`.
  void Close(const Error& reason) {
    aws->Close(reason);
    kubernetes->Close(reason);
  }

  const std::shared_ptr<ExpiringCache<AwsCredentials>> aws;
  const std::shared_ptr<ExpiringCache<KubernetesToken>> kubernetes;
  KnownKeys known_keys;

 private:
  const std::shared_ptr<VouchApi> vouch_;
  const AccessToken token_;
  const Identity identity_;
};

}  // namespace vouch
