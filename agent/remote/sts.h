// AWS STS: AssumeRoleWithWebIdentity and AssumeRole, and what their failures mean (contracts 4.6). Used by credentials/aws.
#pragma once

#include <string>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "formats/sts_response.h"
#include "remote/http.h"

namespace vouch {

struct WebIdentityRequest {
  std::string endpoint;           // absolute URL, "https://sts.eu-central-1.amazonaws.com/"
  std::string region;             // for messages
  std::string role_arn;
  std::string role_session_name;  // 2 to 64 of [\w+=,.@-]
  std::string policy_arn;         // managed session policy; empty = none
  std::string policy;             // inline session policy, JSON; empty = none
};

// The second hop of a role chain; at most an hour by AWS's rule, so an hour is asked for.
struct AssumeRoleRequest {
  std::string endpoint;
  std::string region;             // that the call is signed for, and for messages
  std::string role_arn;
  std::string role_session_name;
  std::string policy_arn;
};

// A failed call, and what may be done about it.
struct StsFailure {
  enum class Next {
    kGiveUp,     // permanent, or nothing to be gained by asking again
    kRetry,      // transient: wait a little, same token
    kRetryLater, // the same, for what takes longer to go away: half a second at least
    kNewToken,   // what the call was made with is not taken: get a new ID token, or caller, once, then try again
    kNewTime,    // the signature's time was off and the answer has just told the right one: sign again once
  };
  Next next;
  Error error;
};

// Safe on any thread. One call on the network each; no retries here.
class Sts {
 public:
  Sts(HttpClient& http, const Clock& clock) : http_(http), clock_(clock) {}

  // Throws REASON_CONFIGURATION for a bad endpoint; everything else is a value.
  std::variant<StsCredentials, StsFailure> AssumeRoleWithWebIdentity(const WebIdentityRequest& request,
                                                                     const Secret& id_token);

  // The same for AssumeRole, signed with `caller`. A refusal is REASON_DENIED.
  std::variant<StsCredentials, StsFailure> AssumeRole(const AssumeRoleRequest& request, const StsCredentials& caller);

  // AWS's time, learnt from the Date headers of its answers.
  const CorrectedClock& clock() const { return clock_; }
  CorrectedClock& clock() { return clock_; }

 private:
  using Outcome = std::variant<StsCredentials, StsFailure>;

  std::variant<HttpResponse, StsFailure> Send(HttpRequest& http);
  Outcome Read(HttpResponse& response);

  HttpClient& http_;
  CorrectedClock clock_;
};

}  // namespace vouch
