#include "session/login.h"

#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

constexpr std::int64_t kChallengeSeconds = 300;  // protocol reference 2.6

}  // namespace

BegunLogin Login::Begin(const std::string& server) {
  const ServerUrl url(server.empty() ? CurrentServer() : server);
  std::shared_ptr<VouchApi> vouch = parts_.servers.Api(url);
  Challenge challenge;
  const std::string client_id =
      parts_.servers.AsClient(*vouch, [&](const std::string& id) { challenge = vouch->RequestChallenge(id); });
  std::string login_id = begun_.Put({vouch, client_id, challenge.state}, kChallengeSeconds);
  return {std::move(login_id), challenge.challenge, challenge.rp_id, url.text(),
          vouch->clock().NowSeconds() + kChallengeSeconds};
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
    if (error.reason() == REASON_CONFIGURATION) parts_.servers.ForgetRegistration(vouch.server());
    throw;
  }
}

LogoutResult Login::Logout(const std::string& server) {
  std::shared_ptr<Session> session = parts_.sessions.Drop(server.empty() ? "" : ServerUrl(server).text());
  if (!session) return {};
  LogInfo("logged out of " + session->vouch().server().key());
  return {true, session->vouch().Revoke(session->identity().client_id, session->token())};
}

LogoutResult Login::LogoutEverywhere() {
  LogoutResult all{false, true};
  for (const auto& session : parts_.sessions.All()) {
    const LogoutResult one = Logout(session->vouch().server().text());
    all.had_session |= one.had_session;
    all.revoked_at_server &= one.revoked_at_server;
  }
  return all.had_session ? all : LogoutResult();
}

void Login::Restore(SessionArchive& archive) {
  parts_.sessions.Select(parts_.servers.Default());
  for (StoredSession& stored : archive.Load()) {
    std::shared_ptr<const ClientKey> key = parts_.keys.Find();
    if (!key) return LogWarning("the stored session has lost its client key; it is ignored");
    std::shared_ptr<VouchApi> vouch = parts_.servers.Api(ServerUrl(stored.server), std::move(key));
    parts_.sessions.Restore(std::move(vouch), std::move(stored));
  }
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
