#include "require.h"

#include <openssl/crypto.h>

#include <ostream>

#include "caller.h"
#include "error.h"
#include "lock.h"
#include "time_text.h"

namespace vouch {
namespace {

GetStatusResponse SessionStatus(const std::string& server, Client& client) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(server);
  GetStatusResponse status = client.GetStatus(request);
  if (!status.has_session()) throw Error(REASON_NOT_LOGGED_IN, "not logged in", "run: vouchctl login");
  if (status.locked()) throw Error(REASON_LOCKED, "vouchd is locked", "run: " + WhatLiftsTheLock(status));
  return status;
}

// Unix seconds.
std::int64_t CredentialEnd(const AwsIdentity& identity, const std::string& server, Client& client) {
  GetAwsCredentialsRequest request;
  request.set_role_arn(identity.role);
  request.set_region(identity.region);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(server);
  GetAwsCredentialsResponse credentials = client.GetAwsCredentials(request);
  for (std::string* secret : {credentials.mutable_secret_access_key(), credentials.mutable_session_token()})
    OPENSSL_cleanse(secret->data(), secret->size());
  return credentials.expires_at();
}

}  // namespace

int RunRequire(const RequireOptions& options, Client& client, std::int64_t now, std::ostream& out, std::ostream& err) {
  const GetStatusResponse status = SessionStatus(options.server, client);
  const std::int64_t left = status.session().seconds_left();
  if (left < options.seconds) {
    err << "vouchctl: the session lasts " << FormatDuration(left) << ", not " << FormatDuration(options.seconds)
        << "; run: vouchctl login" << std::endl;
    return ExitCode(REASON_SESSION_EXPIRED);
  }
  if (!options.identity) return 0;
  const std::int64_t end = CredentialEnd(*options.identity, options.server, client);
  const std::int64_t lasts = end - now - status.clock_offset_ms() / 1000;
  const std::string role = Printable(options.identity->role);
  if (options.is_static && lasts < options.seconds) {
    err << "vouchctl: the credentials of " << role << " last " << FormatDuration(lasts) << ", not "
        << FormatDuration(options.seconds) << "; let the job fetch new ones: vouchctl exec --refreshable, or credential_process"
        << std::endl;
    return ExitCode(REASON_CONFIGURATION);
  }
  out << role << ": credentials until " << FormatUntil(end, now)
      << (options.is_static ? "" : ", renewed until " + FormatUntil(status.session().expires_at(), now)) << std::endl;
  return 0;
}

std::int64_t ParseDuration(const std::string& text) {
  constexpr std::int64_t kWeek = 7 * 24 * 3600;
  constexpr std::size_t kMostDigits = 6;
  const Error bad(REASON_CONFIGURATION, "this is no duration", "write it as 90m, 2h or 1h30m");
  std::int64_t total = 0, unit_before = kWeek;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) number = number * 10 + (text[at] - '0');
    if (digits == 0 || digits > kMostDigits || at == text.size()) throw bad;
    const char letter = text[at++];
    const std::int64_t unit = letter == 'h' ? 3600 : letter == 'm' ? 60 : letter == 's' ? 1 : 0;
    if (unit == 0 || unit >= unit_before) throw bad;
    unit_before = unit;
    total += number * unit;
  }
  if (total <= 0 || total > kWeek) throw bad;
  return total;
}

}  // namespace vouch
