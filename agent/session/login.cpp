#include "session/login.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

constexpr std::int64_t kChallengeSeconds = 300;  // protocol reference 2.6

// AWS knows nothing of a logout: what was handed out stays good until its own end (pitfall 36).
std::int64_t LastEnd(const std::shared_ptr<Session>& session) {
  std::int64_t end = 0;
  if (!session) return end;
  for (const auto& entry : session->aws->List()) end = std::max(end, entry.value->expires_at);
  return end;
}

}  // namespace

BegunLogin Login::Begin(const std::string& server) {
  const ServerUrl url(server.empty() ? CurrentServer() : server);
  CatchUp();  // before a key is made that the keyring has
  std::shared_ptr<VouchApi> vouch = parts_.servers.Api(url);
  Challenge challenge;
  const std::string client_id =
      parts_.servers.AsClient(*vouch, [&](const std::string& id) { challenge = vouch->RequestChallenge(id); });
  std::string login_id = begun_.Put({vouch, client_id, challenge.state}, kChallengeSeconds);
  return {std::move(login_id), challenge.challenge, challenge.rp_id, url.text(),
          vouch->clock().NowSeconds() + kChallengeSeconds};
}

std::string Login::FindServer(const std::string& login_id) {
  const std::optional<Begun> begun = begun_.Find(login_id);
  return begun ? begun->vouch->server().text() : "";
}

std::shared_ptr<Session> Login::Finish(const std::string& login_id, const Assertion& assertion) {
  auto taken = begun_.Take(login_id);
  if (!taken) throw Error(REASON_CHALLENGE_EXPIRED, "this login took more than 5 minutes", "run: vouchctl login");
  const Begun& begun = taken->first;
  VouchApi& vouch = *begun.vouch;
  try {
    LoginToken token = vouch.Login(begun.client_id, begun.state, assertion, parts_.posture());
    auto session = parts_.sessions.Open(begun.vouch, std::move(token.access_token),
                                        {begun.client_id, token.email, vouch.clock().NowSeconds(), token.expires_at});
    parts_.servers.SetDefault(vouch.server());
    LogInfo("logged in at " + vouch.server().key());
    return session;
  } catch (const Error& error) {
    // The challenge belongs to the client that asked for it, so that only a new login can help.
    if (error.reason() == REASON_CLIENT_UNKNOWN) parts_.servers.ForgetRegistration(vouch.server(), begun.client_id);
    throw;
  }
}

LogoutResult Login::Logout(const std::string& server) {
  const std::string named = server.empty() ? "" : ServerUrl(server).text();
  if (!parts_.sessions.archive_is_loaded()) Restore();  // a session can be ended at its server only by who knows it
  const std::int64_t end = LastEnd(parts_.sessions.Find(named));
  LogoutResult result = Revoke(parts_.sessions.Drop(named));
  result.credentials_end_at = end;
  if (result.had_session) LogInfo(named.empty() ? "logged out" : "logged out of " + named);
  return result;
}

LogoutResult Login::LogoutEverywhere() {
  if (!parts_.sessions.archive_is_loaded()) Restore();
  std::int64_t end = 0;
  for (const auto& session : parts_.sessions.All()) end = std::max(end, LastEnd(session));
  LogoutResult result = Revoke(parts_.sessions.DropAll());
  result.credentials_end_at = end;
  LogInfo("logged out everywhere");
  return result;
}

// They have ended here; now their servers are told.
LogoutResult Login::Revoke(const Sessions::Dropped& dropped) {
  LogoutResult result;
  result.had_session = !dropped.sessions.empty() || dropped.stored.was_stored;
  result.revoked_at_server = !dropped.sessions.empty();
  result.left_in_keyring = dropped.stored.left_in_keyring;
  result.may_come_back = dropped.stored.may_come_back;
  // The contract's 5 s are for all together; Revoke itself gives up after as many.
  constexpr std::int64_t kLimitMs = 5000;
  const std::int64_t start = parts_.clock.SteadyMillis();
  for (const auto& session : dropped.sessions)
    result.revoked_at_server &= parts_.clock.SteadyMillis() - start < kLimitMs &&
                                session->vouch().Revoke(session->identity().client_id, session->token());
  return result;
}

void Login::Restore() {
  std::shared_ptr<const ClientKey> key;
  try {
    if (parts_.sessions.current().empty()) parts_.sessions.Select(parts_.servers.LastUsed());
    key = parts_.keys.Find();
  } catch (const Error& error) {
    LogWarning(std::string("what is known of earlier logins cannot be used: ") + error.what());
  }
  for (StoredSession& stored : parts_.sessions.LoadStored()) RestoreOne(std::move(stored), key);
  parts_.sessions.CatchUp();
}

void Login::RestoreOne(StoredSession stored, const std::shared_ptr<const ClientKey>& key) try {
  if (!key || key->kid() != stored.key_id) return LogWarning("a stored session has lost its client key; it is ignored");
  std::shared_ptr<VouchApi> vouch = parts_.servers.Api(ServerUrl(stored.server), key);
  parts_.sessions.Restore(std::move(vouch), std::move(stored));
} catch (const Error& error) {
  LogWarning(std::string("a stored session is ignored: ") + error.what());
}

void Login::CatchUp() {
  if (!parts_.sessions.archive_is_loaded()) return Restore();
  try {
    parts_.keys.Find();  // one in the file moves
  } catch (const Error& error) {
    LogWarning(error.what());
  }
  parts_.sessions.CatchUp();
}

std::string Login::CurrentServer() {
  const std::string current = parts_.sessions.current();
  return current.empty() ? parts_.servers.Default() : current;
}

std::string Login::SelectServer(const std::string& server) {
  const ServerUrl url(server);
  parts_.sessions.Select(url.text());
  parts_.servers.SetDefault(url);
  return url.text();
}

}  // namespace vouch
