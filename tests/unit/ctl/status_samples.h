// What agents in various states say, for the tests of status.
#pragma once

#include "status.h"

namespace vouch {

constexpr std::int64_t kNow = 1795521600;  // 2026-11-24T12:00:00Z

inline GetStatusResponse WithoutSession() {
  GetStatusResponse status;
  status.set_agent_version(VOUCH_VERSION);
  status.set_agent_started_at(kNow - 7320);
  status.set_agent_pid(4242);
  status.set_store("file");
  return status;
}

inline GetStatusResponse WithSession() {
  GetStatusResponse status = WithoutSession();
  status.set_store("secret-service");
  status.set_session_persists(true);
  status.set_desktop_notices(true);
  status.set_server("https://vouch.example.com");
  auto& session = *status.mutable_session();
  session.set_email("alice@example.com");
  session.set_server("https://vouch.example.com");
  session.set_authenticated_at(kNow - 3600);
  session.set_expires_at(kNow + 25200);
  session.set_seconds_left(25200);
  auto& server = *status.add_servers();
  server.set_url("https://vouch.example.com");
  server.set_current(true);
  server.set_email("alice@example.com");
  server.set_expires_at(kNow + 25200);
  auto& aws = *status.add_credentials();
  aws.set_kind("aws");
  aws.set_role_arn("arn:aws:iam::123456789012:role/VouchDeveloper");
  aws.set_account_id("123456789012");
  aws.set_region("us-east-1");
  aws.set_source("sts:AssumeRoleWithWebIdentity");
  aws.set_expires_at(kNow + 3240);
  aws.set_next_renewal_at(kNow + 2040);
  aws.set_last_used_at(kNow - 60);
  return status;
}

inline void AddKey(GetStatusResponse& status, const std::string& name, bool used_for_login) {
  auto& key = *status.add_keys();
  key.set_name(name);
  key.set_used_for_login(used_for_login);
}

}  // namespace vouch
