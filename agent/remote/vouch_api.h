// The Vouch server's endpoints that this project needs, one method each (protocol reference 1.1 to 1.9). Used by session/
// (registration, login, logout) and credentials/ (ID tokens).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

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

// What the person has to enter in a browser (RFC 8628, 3.2).
struct DeviceAuthorization {
  Secret device_code;
  std::string user_code;
  std::string verification_uri;           // https, or http to loopback: nothing else is shown or opened
  std::string verification_uri_complete;  // may be empty
  std::int64_t expires_in;                // seconds, at most 30 min
  int interval;                           // seconds, 1 to 600
};

struct DevicePoll {
  enum class State { kPending, kSlowDown, kDone };
  State state;
  std::optional<LoginToken> token;  // when done
};

struct RegisteredKey {
  std::string id, name;
  std::int64_t created_at;  // Unix seconds; 0 when the server's text is no time
  bool is_current_session;
  std::string device_model, aaguid;  // may be empty
};

// WebAuthn creation options as the server gives them; challenge, user_id (16 bytes) and ids are raw bytes.
struct KeyRegistration {
  std::string challenge, rp_id, rp_name, user_id, user_name, state;
  std::vector<int> algorithms;  // COSE
  std::vector<std::string> exclude_credential_ids;
};

// What the security key made at registration; all raw bytes.
struct Attestation {
  std::string credential_id, public_key, attestation_object, client_data_json;
};

struct SessionCheck {
  bool authenticated;
  std::string email;         // lower case; may be empty
  std::int64_t seconds_left;
  std::string device_name;   // may be empty
};

// One server. Every method blocks and throws REASON_UNREACHABLE, REASON_UPSTREAM, REASON_BAD_ANSWER, REASON_RATE_LIMITED
// besides what it lists. Safe on any thread.
class VouchApi {
 public:
  VouchApi(HttpClient& http, Clock& clock, ServerUrl server, std::shared_ptr<const ClientKey> key,
           SignatureEncoding encoding = {})
      : transport_(http, clock, std::move(server), std::move(key), std::move(encoding)) {}

  // RFC 7591. Returns the client id. REASON_DENIED when the server takes no registration.
  std::string Register(const std::string& host_name);

  // REASON_CLIENT_UNKNOWN: the server does not know `client_id` or refuses its grants: register again.
  Challenge RequestChallenge(const std::string& client_id);

  // `authorization_details` is JSON text (RFC 9396) or empty. REASON_LOGIN_REFUSED, REASON_DENIED (policy),
  // REASON_CLIENT_UNKNOWN as above.
  LoginToken Login(const std::string& client_id, const std::string& state, const Assertion& assertion,
                   const std::string& authorization_details = {});

  // RFC 8628. REASON_CLIENT_UNKNOWN as above, REASON_DENIED.
  DeviceAuthorization StartDeviceFlow(const std::string& client_id);

  // One poll, not repeated by itself. REASON_ENROLLMENT_EXPIRED, REASON_DENIED, REASON_CLIENT_UNKNOWN.
  DevicePoll PollDeviceFlow(const std::string& client_id, const Secret& device_code);

  // The calls under /v1/keys. REASON_SESSION_REVOKED, REASON_STEP_UP_REQUIRED, REASON_DENIED, REASON_CONFIGURATION (name).
  // RemoveKey returns the number of sessions that ended with it. REASON_NOT_FOUND from the two that take an id.
  std::vector<RegisteredKey> ListKeys(const AccessToken& session);
  void RenameKey(const AccessToken& session, const std::string& id, const std::string& name);
  int RemoveKey(const AccessToken& session, const std::string& id);
  KeyRegistration StartKeyRegistration(const AccessToken& session, const std::string& name);
  std::string FinishKeyRegistration(const AccessToken& session, const std::string& state,
                                    const Attestation& attestation);  // returns the key's id

  // GET /v1/auth/status, always as the token's own type says.
  SessionCheck CheckSession(const AccessToken& session);

  // For AssumeRoleWithWebIdentity into exactly `role_arn`. REASON_SESSION_REVOKED, REASON_STEP_UP_REQUIRED, REASON_DENIED.
  IdToken AwsIdToken(const AccessToken& session, const std::string& role_arn, const std::string& agent_source);

  // RFC 8693 exchange for `audience`. REASON_SESSION_REVOKED, REASON_DENIED, REASON_CLIENT_UNKNOWN.
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
