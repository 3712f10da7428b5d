#include "reasons.h"

#include <array>

namespace vouch {
namespace {

using enum agent::v1::Reason;

struct Row {
  Reason reason;
  std::string_view name;
  int exit_code;
  int grpc_code;
};

// grpc::StatusCode, by number, so that the shims need no gRPC header.
constexpr int kCancelled = 1, kUnknown = 2, kInvalidArgument = 3, kDeadlineExceeded = 4, kNotFound = 5,
              kPermissionDenied = 7, kResourceExhausted = 8, kFailedPrecondition = 9, kInternal = 13, kUnavailable = 14,
              kUnauthenticated = 16;

constexpr std::array kRows = {
    Row{REASON_UNSPECIFIED, "unspecified", 1, kUnknown},
    Row{REASON_INTERNAL, "internal", 1, kInternal},
    Row{REASON_CANCELLED, "cancelled", 1, kCancelled},
    Row{REASON_NOT_LOGGED_IN, "not_logged_in", 2, kUnauthenticated},
    Row{REASON_SESSION_EXPIRED, "session_expired", 2, kUnauthenticated},
    Row{REASON_SESSION_REVOKED, "session_revoked", 2, kUnauthenticated},
    Row{REASON_LOGIN_REFUSED, "login_refused", 2, kUnauthenticated},
    Row{REASON_CHALLENGE_EXPIRED, "challenge_expired", 2, kFailedPrecondition},
    Row{REASON_ENROLLMENT_EXPIRED, "enrollment_expired", 2, kFailedPrecondition},
    Row{REASON_CLIENT_UNKNOWN, "client_unknown", 2, kFailedPrecondition},
    Row{REASON_NO_SECURITY_KEY, "no_security_key", 3, kFailedPrecondition},
    Row{REASON_NO_CREDENTIAL, "no_credential", 3, kFailedPrecondition},
    Row{REASON_TOUCH_TIMEOUT, "touch_timeout", 3, kDeadlineExceeded},
    Row{REASON_PIN_WRONG, "pin_wrong", 1, kUnauthenticated},
    Row{REASON_PIN_BLOCKED, "pin_blocked", 1, kFailedPrecondition},
    Row{REASON_PIN_NOT_SET, "pin_not_set", 1, kFailedPrecondition},
    Row{REASON_SECURITY_KEY, "security_key", 1, kFailedPrecondition},
    Row{REASON_KEY_EXISTS, "key_exists", 1, kFailedPrecondition},
    Row{REASON_UNREACHABLE, "unreachable", 4, kUnavailable},
    Row{REASON_UPSTREAM, "upstream", 4, kUnavailable},
    Row{REASON_BAD_ANSWER, "bad_answer", 4, kUnavailable},
    Row{REASON_RATE_LIMITED, "rate_limited", 8, kResourceExhausted},
    Row{REASON_DENIED, "denied", 5, kPermissionDenied},
    Row{REASON_STEP_UP_REQUIRED, "step_up_required", 7, kUnauthenticated},
    Row{REASON_LOCKED, "locked", 5, kPermissionDenied},
    Row{REASON_NOT_CONFIRMED, "not_confirmed", 5, kPermissionDenied},
    Row{REASON_POLICY, "policy", 5, kPermissionDenied},
    Row{REASON_CONFIGURATION, "configuration", 6, kInvalidArgument},
    Row{REASON_TOKEN_TOO_LARGE, "token_too_large", 6, kFailedPrecondition},
    Row{REASON_NOT_FOUND, "not_found", 1, kNotFound},
    Row{REASON_KEYRING_UNAVAILABLE, "keyring_unavailable", 1, kUnavailable},
    Row{REASON_AGENT_UNREACHABLE, "agent_unreachable", 9, kUnavailable},
};

const Row& Find(Reason reason) {
  for (const Row& row : kRows)
    if (row.reason == reason) return row;
  return kRows[1];  // a newer agent's reason
}

}  // namespace

int ExitCode(Reason reason) { return Find(reason).exit_code; }
std::string_view ReasonName(Reason reason) { return Find(reason).name; }
int GrpcCode(Reason reason) { return Find(reason).grpc_code; }

}  // namespace vouch
