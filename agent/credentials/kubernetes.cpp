#include "credentials/kubernetes.h"

#include <algorithm>

#include "base/log.h"
#include "credentials/ask_twice.h"

namespace vouch {

void RequireAudience(const std::string& audience) {
  constexpr std::size_t kLongest = 255;
  const bool printable = std::all_of(audience.begin(), audience.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (audience.size() > kLongest || !printable)
    throw Error(REASON_CONFIGURATION, "bad audience", "give the cluster's --oidc-client-id");
}

void Kubernetes::Get(const std::string& server, const std::string& wanted, Done done) {
  const std::string audience = wanted.empty() ? std::string(kDefaultAudience) : wanted;
  RequireAudience(audience);
  std::shared_ptr<Session> session = sessions_.Require(server.empty() ? "" : ServerUrl(server).text());
  auto make_fetch = [this, &audience, &session]() -> ExpiringCache<KubernetesToken>::Fetch {
    return [this, audience, weak = std::weak_ptr<Session>(session)] {
      auto alive = weak.lock();
      if (!alive) throw Error(REASON_NOT_LOGGED_IN, "not logged in", "run: vouchctl login");
      return Fetch(alive, audience);
    };
  };
  session->kubernetes->Get(audience, make_fetch, std::move(done));
}

ExpiringCache<KubernetesToken>::Ptr Kubernetes::Fetch(const std::shared_ptr<Session>& session,
                                                      const std::string& audience) {
  constexpr std::int64_t kMargin = 30;  // seconds; kubectl uses a token up to its very end
  try {
    IdToken id = AskTwice(
        [&] { return session->vouch().KubernetesIdToken(session->identity().client_id, session->token(), audience); });
    const std::int64_t now = session->vouch().clock().NowSeconds();
    const std::int64_t end = std::max(id.expires_at - kMargin, now + (id.expires_at - now) / 2);
    return std::make_shared<const KubernetesToken>(std::move(id.token), end, audience);
  } catch (const Error& error) {
    LogWarning(std::string("no Kubernetes token: ") + error.what());
    if (error.reason() == REASON_SESSION_REVOKED) sessions_.Revoke(session);
    // The session is bound to the client that the server has forgotten, or that lacks the grant: only a login mends that.
    if (error.reason() == REASON_CLIENT_UNKNOWN)
      servers_.ForgetRegistration(session->vouch().server(), session->identity().client_id);
    throw;
  }
}

}  // namespace vouch
