#include "session/security_keys.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

constexpr std::int64_t kRegistrationSeconds = 300;  // as the challenge of a login
constexpr std::size_t kLongestName = 100;           // characters

std::string CheckedName(std::string_view name) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = name.find_first_not_of(kSpace);
  if (first == std::string_view::npos)
    throw Error(REASON_CONFIGURATION, "a key's name must not be empty", "give it a name of 1 to 100 characters");
  name = name.substr(first, name.find_last_not_of(kSpace) - first + 1);
  const auto begins_character = [](unsigned char c) { return (c & 0xc0) != 0x80; };  // UTF-8, which protobuf has checked
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::count_if(name.begin(), name.end(), begins_character) > static_cast<std::ptrdiff_t>(kLongestName) ||
      std::any_of(name.begin(), name.end(), is_control))
    throw Error(REASON_CONFIGURATION, "a key's name has at most 100 characters and no control characters",
                "choose another name");
  return std::string(name);
}

std::string CheckedId(const std::string& id) {
  constexpr std::size_t kLongestId = 128;
  const bool fits = !id.empty() && id.size() <= kLongestId &&
                    std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!fits) throw Error(REASON_NOT_FOUND, "there is no such key", "see: vouchctl keys list");
  return id;
}

}  // namespace

template <typename Call>
auto SecurityKeys::As(const std::shared_ptr<Session>& session, Call call) {
  try {
    return call(session->vouch(), session->token());
  } catch (const Error& error) {
    if (error.reason() == REASON_SESSION_REVOKED) sessions_.Revoke(session);
    throw;
  }
}

std::vector<RegisteredKey> SecurityKeys::List(const std::string& server) { return ListOf(sessions_.Require(server)); }

std::vector<RegisteredKey> SecurityKeys::ListOf(const std::shared_ptr<Session>& session) {
  auto keys = As(session, [](VouchApi& vouch, const AccessToken& token) { return vouch.ListKeys(token); });
  std::vector<KnownKey> known;
  for (const RegisteredKey& key : keys) known.push_back({key.id, key.name, key.is_current_session});
  session->known_keys.Set(std::move(known));
  sessions_.Remember(session);
  return keys;
}

void SecurityKeys::Learn(const std::shared_ptr<Session>& session) try {
  ListOf(session);
} catch (const Error& error) {
  LogInfo(std::string("the names of the security keys are not known: ") + error.what());
}

void SecurityKeys::Rename(const std::string& server, const std::string& id, const std::string& name) {
  const std::string checked = CheckedName(name);
  auto session = sessions_.Require(server);
  As(session, [&](VouchApi& vouch, const AccessToken& token) { vouch.RenameKey(token, CheckedId(id), checked); });
  session->known_keys.Rename(id, checked);
  sessions_.Remember(session);
}

RemovedKey SecurityKeys::Remove(const std::string& server, const std::string& id) {
  auto session = sessions_.Require(server);
  const int revoked = As(session, [&](VouchApi& vouch, const AccessToken& token) {
    return vouch.RemoveKey(token, CheckedId(id));
  });
  session->known_keys.Remove(id);
  sessions_.Remember(session);
  if (revoked == 0) return {0, false};
  const std::string& named = session->vouch().server().text();
  try {
    Check(named);
  } catch (const Error& error) {
    LogWarning(std::string("the key is removed; whether the session has ended is not known yet: ") + error.what());
  }
  return {revoked, sessions_.Find(named) != session};
}

BegunRegistration SecurityKeys::BeginRegistration(const std::string& server, const std::string& name) {
  const std::string checked = CheckedName(name);
  auto session = sessions_.Require(server);
  BegunRegistration begun;
  begun.options = As(session, [&](VouchApi& vouch, const AccessToken& token) {
    return vouch.StartKeyRegistration(token, checked);
  });
  begun.server = session->vouch().server().text();
  begun.expires_at = session->vouch().clock().NowSeconds() + kRegistrationSeconds;
  begun.registration_id = begun_.Put({session, begun.options.state, checked}, kRegistrationSeconds);
  return begun;
}

std::string SecurityKeys::FinishRegistration(const std::string& registration_id, const Attestation& attestation) {
  auto taken = begun_.Take(registration_id);
  if (!taken)
    throw Error(REASON_CHALLENGE_EXPIRED, "this registration took more than 5 minutes", "run: vouchctl register");
  const Begun& begun = taken->first;
  if (sessions_.Find(begun.session->vouch().server().text()) != begun.session)
    throw Error(REASON_CHALLENGE_EXPIRED, "the session that began this registration has ended", "run: vouchctl register");
  const std::string id = As(begun.session, [&](VouchApi& vouch, const AccessToken& token) {
    return vouch.FinishKeyRegistration(token, begun.state, attestation);
  });
  begun.session->known_keys.Add({id, begun.name, false});
  sessions_.Remember(begun.session);
  return id;
}

SessionCheck SecurityKeys::Check(const std::string& server) {
  auto session = sessions_.Require(server);
  const auto ask = [](VouchApi& vouch, const AccessToken& token) { return vouch.CheckSession(token); };
  const std::int64_t offset_before = session->vouch().clock().offset_ms();
  SessionCheck check = As(session, ask);
  // This endpoint refuses a proof by saying "no" (protocol reference 1.9); a proof whose time was off says nothing about the
  // session.
  if (!check.authenticated && session->vouch().clock().offset_ms() != offset_before) check = As(session, ask);
  if (!check.authenticated) sessions_.Revoke(session);
  return check;
}

}  // namespace vouch
