#include "server/status_report.h"

#include <algorithm>
#include <string>
#include <vector>

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
    credential.set_source(entry.value->via.empty() ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole");
    credential.set_via(entry.value->via);
    credential.set_role_arn(entry.value->role_arn);
    credential.set_account_id(entry.value->account_id);
    credential.set_region(entry.value->region);
    credential.set_agent_source(entry.value->agent_source);
    credential.set_packed_policy_percent(entry.value->keys.packed_policy_percent);
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

void ReportSession(Sessions& sessions, const std::string& server, Login& login, GetStatusResponse& status) {
  std::shared_ptr<Session> session = sessions.Find(server);
  status.set_server(server.empty() ? login.CurrentServer() : server);
  status.set_session_expired(sessions.HasExpired(server));
  if (!session) return;
  GetStatusResponse::Session& who = *status.mutable_session();
  who.set_email(session->identity().email);
  who.set_server(session->vouch().server().text());
  who.set_authenticated_at(session->identity().authenticated_at);
  who.set_expires_at(session->identity().expires_at);
  const std::int64_t left = session->identity().expires_at - session->vouch().clock().NowSeconds();
  who.set_seconds_left(std::max<std::int64_t>(0, left));
  status.set_clock_offset_ms(session->vouch().clock().offset_ms());
  for (const KnownKey& key : session->known_keys.Get()) {
    GetStatusResponse::Key& known = *status.add_keys();
    known.set_name(key.name);
    known.set_used_for_login(key.used_for_login);
  }
  ReportAws(*session, status);
  ReportKubernetes(*session, status);
}

void ReportServers(Sessions& sessions, StateFile& state, Login& login, GetStatusResponse& status) {
  const std::string current = login.CurrentServer();
  std::vector<std::string> urls = state.ServerUrls();
  for (const auto& session : sessions.All()) urls.push_back(session->vouch().server().text());
  if (!current.empty()) urls.push_back(current);
  std::sort(urls.begin(), urls.end());
  urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
  std::stable_partition(urls.begin(), urls.end(), [&](const std::string& url) { return url == current; });
  for (const std::string& url : urls) {
    GetStatusResponse::Server& server = *status.add_servers();
    server.set_url(url);
    server.set_current(url == current);
    if (auto session = sessions.Find(url)) {
      server.set_email(session->identity().email);
      server.set_expires_at(session->identity().expires_at);
    }
  }
}

void ReportLock(const Lock& lock, GetStatusResponse& status) {
  const Lock::State state = lock.state();
  status.set_locked(state != Lock::State::kOpen);
  status.set_locked_until_login(state == Lock::State::kUntilLogin);
  if (state == Lock::State::kUntilLogin) status.set_lock_server(lock.server());
}

}  // namespace vouch
