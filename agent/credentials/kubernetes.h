// ID tokens for clusters that trust the Vouch server directly as OIDC provider (protocol reference 1.7, 5.4).
#pragma once

#include <string>

#include "session/current_session.h"

namespace vouch {

// Safe on any thread.
class Kubernetes {
 public:
  using Done = ExpiringCache<KubernetesToken>::Done;

  explicit Kubernetes(CurrentSession& current) : current_(current) {}

  // As Aws::Get. `audience` empty: "kubernetes". Throws REASON_CONFIGURATION for one over 255 bytes or not printable.
  void Get(const std::string& audience, Done done);

 private:
  ExpiringCache<KubernetesToken>::Ptr Fetch(const std::shared_ptr<Session>& session, const std::string& audience);

  CurrentSession& current_;
};

}  // namespace vouch
