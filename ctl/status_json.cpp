// The machine-readable half of status.h, apart because the JSON library is slow to compile.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "status.h"
#include "time_text.h"

namespace vouch {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(std::string_view text) { return text.empty() ? Json() : Json(text); }
Json TimeOrNull(std::int64_t time) { return time == 0 ? Json() : Json(FormatRfc3339(time)); }
std::int64_t Left(std::int64_t until, std::int64_t now) { return std::max<std::int64_t>(until - now, 0); }

Json SessionJson(const GetStatusResponse& status) {
  if (!status.has_session()) return Json();
  const auto& session = status.session();
  return {{"email", session.email()},
          {"server", session.server()},
          {"authenticated_at", TimeOrNull(session.authenticated_at())},
          {"expires_at", FormatRfc3339(session.expires_at())},
          {"seconds_left", session.seconds_left()}};
}

Json CheckJson(const SessionCheck* check) {
  if (check == nullptr) return Json();
  const bool answered = check->answer.has_value();
  const bool alive = answered && check->answer->authenticated();
  return {{"authenticated", answered ? Json(alive) : Json()},
          {"email", answered ? TextOrNull(check->answer->email()) : Json()},
          {"seconds_left", alive ? Json(check->answer->seconds_left()) : Json()},
          {"device_name", answered ? TextOrNull(check->answer->device_name()) : Json()},
          {"failure", answered ? Json() : Json(ReasonName(check->failure->reason()))},
          {"failure_message", answered ? Json() : Json(check->failure->what())}};
}

Json ServersJson(const GetStatusResponse& status) {
  Json servers = Json::array();
  for (const auto& server : status.servers())
    servers.push_back({{"url", server.url()},
                       {"current", server.current()},
                       {"email", TextOrNull(server.email())},
                       {"expires_at", TimeOrNull(server.expires_at())}});
  return servers;
}

Json KeysJson(const GetStatusResponse& status) {
  Json keys = Json::array();
  for (const auto& key : status.keys())
    keys.push_back({{"name", key.name()}, {"used_for_login", key.used_for_login()}});
  return keys;
}

Json CredentialJson(const GetStatusResponse::Credential& credential, std::int64_t now) {
  const bool degraded = credential.degraded();
  const int packed = credential.packed_policy_percent();
  return {{"kind", credential.kind()},
          {"role_arn", TextOrNull(credential.role_arn())},
          {"account_id", TextOrNull(credential.account_id())},
          {"via", TextOrNull(credential.via())},
          {"region", TextOrNull(credential.region())},
          {"source", TextOrNull(credential.source())},
          {"expires_at", FormatRfc3339(credential.expires_at())},
          {"seconds_left", Left(credential.expires_at(), now)},
          {"next_renewal_at", TimeOrNull(credential.next_renewal_at())},
          {"degraded", degraded},
          {"degraded_reason", degraded ? Json(ReasonName(credential.degraded_reason())) : Json()},
          {"degraded_message", degraded ? TextOrNull(credential.degraded_message()) : Json()},
          {"agent_source", TextOrNull(credential.agent_source())},
          {"audience", TextOrNull(credential.audience())},
          {"last_used_at", TimeOrNull(credential.last_used_at())},
          {"packed_policy_percent", packed > 0 ? Json(packed) : Json()}};
}

}  // namespace

std::string FormatStatusJson(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now) {
  Json credentials = Json::array();
  for (const auto& credential : status.credentials())
    credentials.push_back(CredentialJson(credential, ServerNow(status, now)));
  const Json json = {{"schema_version", 1},
                     {"agent",
                      {{"version", status.agent_version()},
                       {"pid", status.agent_pid()},
                       {"started_at", FormatRfc3339(status.agent_started_at())},
                       {"uptime_seconds", Left(now, status.agent_started_at())}}},
                     {"client", {{"version", VOUCH_VERSION}}},
                     {"server", TextOrNull(status.server())},
                     {"servers", ServersJson(status)},
                     {"store", status.store()},
                     {"store_problem", TextOrNull(status.store_problem())},
                     {"session_persists", status.session_persists()},
                     {"config_problem", TextOrNull(status.config_problem())},
                     {"desktop_notices", status.desktop_notices()},
                     {"locked", status.locked()},
                     {"locked_until_login", status.locked_until_login()},
                     {"lock_server", TextOrNull(status.lock_server())},
                     {"confirmations_waiting", status.confirmations_waiting()},
                     {"clock_offset_ms", status.clock_offset_ms()},
                     {"session", SessionJson(status)},
                     {"keys", KeysJson(status)},
                     {"checked", CheckJson(check)},
                     {"management_roles",
                      std::vector<std::string>(status.management_roles().begin(), status.management_roles().end())},
                     {"credentials", credentials}};
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vouch
