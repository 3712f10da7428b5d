#include "server/status_report.h"

#include <algorithm>

namespace vouch {
namespace {

using agent::v1::GetStatusResponse;

template <typename Entry>
void FillCommon(const Entry& entry, GetStatusResponse::Credential& credential) {
  credential.set_expires_at(entry.value->expires_at);
  credential.set_next_renewal_at(entry.renew_at);
  credential.set_last_used_at(entry.last_used_at);
  if (!entry.degraded) return;
  credential.set_degraded(true);
  credential.set_degraded_reason(entry.degraded->reason());
  credential.set_degraded_message(entry.degraded->what());
}

void ReportAws(const Session& session, GetStatusResponse& status) {
  for (const auto& entry : session.aws->List()) {
    GetStatusResponse::Credential& credential = *status.add_credentials();
    FillCommon(entry, credential);
    credential.set_kind("aws");
    credential.set_source("sts:AssumeRoleWithWebIdentity");
    credential.set_role_arn(entry.value->role_arn);
    credential.set_account_id(entry.value->account_id);
    credential.set_region(entry.value->region);
    credential.set_agent_source(entry.value->agent_source);
  }
}

void ReportKubernetes(const Session& session, GetStatusResponse& status) {
  for (const auto& entry : session.kubernetes->List()) {
    GetStatusResponse::Credential& credential = *status.add_credentials();
    FillCommon(entry, credential);
    credential.set_kind("kubernetes");
    credential.set_source("vouch:token-exchange");
    credential.set_audience(entry.value->audience);
  }
}

}  // namespace

void ReportSession(CurrentSession& current, Login& login, GetStatusResponse& status) {
  std::shared_ptr<Session> session = current.Find();
  status.set_server(login.CurrentServer());
  status.set_session_expired(current.has_expired());
  if (!session) return;
  GetStatusResponse::Session& who = *status.mutable_session();
  who.set_email(session->identity().email);
  who.set_server(session->vouch().server().text());
  who.set_authenticated_at(session->identity().authenticated_at);
  who.set_expires_at(session->identity().expires_at);
  const std::int64_t left = session->identity().expires_at - session->vouch().clock().NowSeconds();
  who.set_seconds_left(std::max<std::int64_t>(0, left));
  status.set_clock_offset_ms(session->vouch().clock().offset_ms());
  ReportAws(*session, status);
  ReportKubernetes(*session, status);
}

}  // namespace vouch
