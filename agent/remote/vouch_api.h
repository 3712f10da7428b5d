// The Vouch server's endpoints that this project needs, one method each (protocol reference 1.1 to 1.9). Used by session/
// (registration, login, logout) and credentials/ (ID tokens).
#pragma once

#include <memory>
#include <string>

#include "remote/vouch_transport.h"

namespace vouch {

struct Challenge {
  std::string challenge;  // raw bytes
  std::string rp_id;
  std::string state;      // opaque, goes back with the assertion
};

// What the security key made; all raw bytes.
struct Assertion {
  std::string credential_id, authenticator_data, signature, client_data_json, user_handle;
};

struct LoginToken {
  AccessToken access_token;
  std::string email;
  std::int64_t expires_at;  // Unix seconds, 30 s before the server's own end
};

// An ID token: for AWS (pinned to a role) or for Kubernetes.
struct IdToken {
  Secret token;
  std::string subject;
  std::int64_t expires_at = 0;  // Unix seconds, by the server's clock
};

// One server. Every method blocks and throws REASON_UNREACHABLE, REASON_UPSTREAM, REASON_BAD_ANSWER, REASON_RATE_LIMITED
// besides what it lists. Safe on any thread.
class VouchApi {
 public:
  VouchApi(HttpClient& http, Clock& clock, ServerUrl server, std::shared_ptr<const ClientKey> key)
      : transport_(http, clock, std::move(server), std::move(key)) {}

  // RFC 7591. Returns the client id. REASON_DENIED when the server takes no registration.
  std::string Register(const std::string& host_name);

  // REASON_CONFIGURATION: the server does not know `client_id` or refuses its grants: register again.
  Challenge RequestChallenge(const std::string& client_id);

  // REASON_LOGIN_REFUSED, REASON_DENIED (policy), REASON_CONFIGURATION as above.
  LoginToken Login(const std::string& client_id, const std::string& state, const Assertion& assertion);

  // For AssumeRoleWithWebIdentity into exactly `role_arn`. REASON_SESSION_REVOKED, REASON_STEP_UP_REQUIRED, REASON_DENIED.
  IdToken AwsIdToken(const AccessToken& session, const std::string& role_arn, const std::string& agent_source);

  // RFC 8693 exchange for `audience`. REASON_SESSION_REVOKED, REASON_DENIED, REASON_CONFIGURATION.
  IdToken KubernetesIdToken(const std::string& client_id, const AccessToken& session, const std::string& audience);

  // RFC 7009. False when the server could not be told; never throws, takes at most 5 s.
  bool Revoke(const std::string& client_id, const AccessToken& session) noexcept;

  const ServerUrl& server() const { return transport_.server(); }
  const std::string& key_id() const { return transport_.key().kid(); }
  const CorrectedClock& clock() const { return transport_.clock(); }

 private:
  VouchTransport transport_;
};

}  // namespace vouch
