#include "session/login.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"

namespace vouch {
namespace {

constexpr std::int64_t kChallengeSeconds = 300;  // protocol reference 2.6
constexpr std::size_t kMaxPending = 16;          // logins begun and not finished; the oldest gives way

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// A full disk costs a registration more next time; it must not cost the login.
template <typename Write>
void Remember(Write write) {
  try {
    write();
  } catch (const Error& error) {
    LogWarning(std::string("the state file could not be written: ") + error.what());
  }
}

}  // namespace

BegunLogin Login::Begin(const std::string& server) {
  const ServerUrl url(server.empty() ? CurrentServer() : server);
  std::shared_ptr<VouchApi> vouch = ApiFor(url, parts_.keys.FindOrCreate());
  std::string client_id = RegisteredClient(*vouch, /*anew=*/false);
  Challenge challenge;
  try {
    challenge = vouch->RequestChallenge(client_id);
  } catch (const Error& error) {
    if (error.reason() != REASON_CONFIGURATION) throw;
    client_id = RegisteredClient(*vouch, /*anew=*/true);  // the server's memory was reset, or a grant is new: once more
    challenge = vouch->RequestChallenge(client_id);
  }
  BegunLogin begun{RandomUuid(), challenge.challenge, challenge.rp_id, url.text(),
                   vouch->clock().NowSeconds() + kChallengeSeconds};
  const std::int64_t now_ms = parts_.clock.SteadyMillis();
  std::lock_guard lock(mutex_);
  std::erase_if(pending_, [&](const auto& item) { return item.second.expires_at_ms <= now_ms; });
  while (pending_.size() >= kMaxPending) {
    auto oldest = std::min_element(pending_.begin(), pending_.end(), [](const auto& a, const auto& b) {
      return a.second.expires_at_ms < b.second.expires_at_ms;
    });
    pending_.erase(oldest);
  }
  pending_[begun.login_id] = {vouch, client_id, challenge.state, now_ms + kChallengeSeconds * 1000};
  return begun;
}

std::shared_ptr<Session> Login::Finish(const std::string& login_id, const Assertion& assertion) {
  Pending pending;
  {
    std::lock_guard lock(mutex_);
    auto found = pending_.find(login_id);
    if (found == pending_.end() || found->second.expires_at_ms <= parts_.clock.SteadyMillis())
      throw Error(REASON_CHALLENGE_EXPIRED, "this login took more than 5 minutes", "run: vouchctl login");
    pending = std::move(found->second);
    pending_.erase(found);
  }
  LoginToken token = pending.vouch->Login(pending.client_id, pending.state, assertion);
  Session::Identity identity{pending.client_id, token.email, pending.vouch->clock().NowSeconds(), token.expires_at};
  auto session = std::make_shared<Session>(pending.vouch, std::move(token.access_token), std::move(identity),
                                           parts_.aws_clock, parts_.executor);
  parts_.current.Replace(session);
  Remember([&] { parts_.state.SetCurrentServer(pending.vouch->server().text()); });
  LogInfo("logged in at " + pending.vouch->server().key());
  return session;
}

LogoutResult Login::Logout() {
  std::shared_ptr<Session> session = parts_.current.Drop();
  if (!session) return {false, false};
  LogInfo("logged out");
  return {true, session->vouch().Revoke(session->identity().client_id, session->token())};
}

void Login::Restore(SessionArchive& archive) {
  std::optional<StoredSession> stored = archive.Load();
  if (!stored) return;
  std::shared_ptr<const ClientKey> key = parts_.keys.Find();
  if (!key) return LogWarning("the stored session has lost its client key; it is ignored");
  auto session = std::make_shared<Session>(ApiFor(ServerUrl(stored->server), key), std::move(stored->token),
                                           std::move(stored->identity), parts_.aws_clock, parts_.executor);
  const bool over = session->IsOver();
  parts_.current.Restore(std::move(session));
  if (!over) return LogInfo("the session of before goes on");
  parts_.current.Expire();
  archive.Remove();
}

std::string Login::CurrentServer() {
  if (auto session = parts_.current.Find()) return session->vouch().server().text();
  std::string last = parts_.state.CurrentServer();
  return last.empty() ? parts_.configured_server : last;
}

std::shared_ptr<VouchApi> Login::ApiFor(const ServerUrl& server, std::shared_ptr<const ClientKey> key) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<VouchApi>& api = apis_[server.text()];
  if (!api || api->key_id() != key->kid())
    api = std::make_shared<VouchApi>(parts_.http, parts_.clock, server, std::move(key));
  return api;
}

std::string Login::RegisteredClient(VouchApi& vouch, bool anew) {
  const std::string& server = vouch.server().key();
  if (anew) parts_.state.ForgetRegistration(server);
  auto known = parts_.state.FindServer(server);
  // Another key or another host: what the server holds is not us any more (protocol reference 1.1).
  if (known && !known->client_id.empty() && known->key_id == vouch.key_id() &&
      known->server_url == vouch.server().text())
    return known->client_id;
  std::string client_id = vouch.Register(HostName());
  Remember([&] { parts_.state.KeepServer(server, {vouch.server().text(), client_id, vouch.key_id()}); });
  LogInfo("registered as a client of " + server);
  return client_id;
}

}  // namespace vouch
