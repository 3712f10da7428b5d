// ID tokens for clusters that trust the Vouch server directly as OIDC provider (protocol reference 1.7, 5.4).
#pragma once

#include <string>
#include <string_view>

#include "session/servers.h"
#include "session/sessions.h"

namespace vouch {

inline constexpr std::string_view kDefaultAudience = "kubernetes";

// Throws REASON_CONFIGURATION for what is no audience.
void RequireAudience(const std::string& audience);

// Safe on any thread.
class Kubernetes {
 public:
  using Done = ExpiringCache<KubernetesToken>::Done;

  Kubernetes(Sessions& sessions, Servers& servers) : sessions_(sessions), servers_(servers) {}

  // As Aws::Get. `server` is a base URL; empty = the current one. `audience` empty: "kubernetes". Throws REASON_CONFIGURATION for one over 255 bytes or not printable.
  void Get(const std::string& server, const std::string& audience, Done done);

 private:
  ExpiringCache<KubernetesToken>::Ptr Fetch(const std::shared_ptr<Session>& session, const std::string& audience);

  Sessions& sessions_;
  Servers& servers_;
};

}  // namespace vouch
