// The security keys of an account, and what the server thinks of the session (protocol reference 1.8, 1.9).
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/time_format.h"
#include "remote/answer.h"
#include "remote/relying_party.h"
#include "remote/vouch_api.h"
#include "remote/vouch_errors.h"

namespace vouch {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestId = 128;
constexpr std::size_t kLongestName = 512;
constexpr std::size_t kLongestAddress = 320;
constexpr std::size_t kLongestHost = 253;
constexpr std::size_t kLongestState = 16 * 1024;
constexpr std::size_t kLongestCredentialId = 1023;  // WebAuthn section 4
constexpr std::size_t kMostKeys = 256;

// Dot segments would name another path than the one that is signed.
bool IsPathSegment(const std::string& id) {
  if (id.empty() || id.size() > kLongestId || id == "." || id == "..") return false;
  return id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:") == std::string::npos;
}

VouchTransport::SignedCall KeyPath(const char* method, const std::string& id, const ServerUrl& server) {
  if (!IsPathSegment(id))
    throw Error(REASON_NOT_FOUND, server.key() + " has no such key in this account", "see: vouchctl keys list");
  VouchTransport::SignedCall call;
  call.method = method;
  call.path = "/v1/keys/" + PercentEncode(id);
  return call;
}

VouchTransport::SignedCall Post(const char* path, const json& body) {
  VouchTransport::SignedCall call;
  call.method = "POST";
  call.path = path;
  call.json = JsonText(body);
  return call;
}

std::string IdIn(const Answer& answer, const char* member) {
  std::string id = answer.Word(member, kLongestId);
  if (!IsPathSegment(id)) answer.Refuse(member);
  return id;
}

RegisteredKey KeyIn(const Answer& answer) {
  RegisteredKey key;
  key.id = IdIn(answer, "id");
  key.name = answer.Label("name");
  key.created_at = ParseRfc3339(answer.TextOrEmpty("created_at")).value_or(0);
  key.is_current_session = answer.BoolOr("is_current_session", false);
  key.device_model = answer.LabelOrEmpty("device_model");
  key.aaguid = answer.LabelOrEmpty("aaguid");
  return key;
}

// The 16 bytes that become the credential's user handle; only the usual spelling with four dashes.
std::string UuidBytes(const Answer& answer, const char* member) {
  const std::string text = answer.Word(member, 36);
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (text[at++] != '-') answer.Refuse(member);
      continue;
    }
    const int high = digit(text[at]);
    const int low = at + 1 < text.size() ? digit(text[at + 1]) : -1;
    if (high < 0 || low < 0) answer.Refuse(member);
    bytes += static_cast<char>(high * 16 + low);
    at += 2;
  }
  if (bytes.size() != 16) answer.Refuse(member);
  return bytes;
}

std::vector<int> AlgorithmsIn(const Answer& answer) {
  std::vector<int> algorithms;
  for (const json& number : answer.Array("algorithms", 32)) {
    if (!number.is_number_integer() || number.is_number_float()) answer.Refuse("algorithms");
    if (number.is_number_unsigned() && number.get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max())
      answer.Refuse("algorithms");
    const auto value = number.get<std::int64_t>();
    if (value < std::numeric_limits<std::int32_t>::min()) answer.Refuse("algorithms");
    algorithms.push_back(static_cast<int>(value));
  }
  if (algorithms.empty()) answer.Refuse("algorithms");
  return algorithms;
}

}  // namespace

std::vector<RegisteredKey> VouchApi::ListKeys(const AccessToken& session) {
  VouchTransport::SignedCall call;
  call.path = "/v1/keys";
  HttpResponse response = transport_.SendAs(session, call);
  if (response.status != 200) throw KeyError(response, server(), KeyCall::kList);
  const Answer answer(response, server());
  std::vector<RegisteredKey> keys;
  for (const json& key : answer.Array("keys", kMostKeys)) keys.push_back(KeyIn(Answer(key, server())));
  return keys;
}

void VouchApi::RenameKey(const AccessToken& session, const std::string& id, const std::string& name) {
  VouchTransport::SignedCall call = KeyPath("PATCH", id, server());
  call.json = JsonText({{"name", name}});
  HttpResponse response = transport_.SendAs(session, call);
  if (response.status == 204) return;
  if (response.status != 200) throw KeyError(response, server(), KeyCall::kRename);
  Answer(response, server());  // a page of somebody else's is no success
}

int VouchApi::RemoveKey(const AccessToken& session, const std::string& id) {
  HttpResponse response = transport_.SendAs(session, KeyPath("DELETE", id, server()));
  if (response.status == 204) return 0;
  if (response.status != 200) throw KeyError(response, server(), KeyCall::kRemove);
  constexpr std::int64_t kMost = 1'000'000;
  return static_cast<int>(Answer(response, server()).NumberOr("sessions_revoked", 0, 0, kMost));
}

KeyRegistration VouchApi::StartKeyRegistration(const AccessToken& session, const std::string& name) {
  HttpResponse response = transport_.SendAs(session, Post("/v1/keys/register/start", {{"name", name}}));
  if (response.status != 200) throw KeyError(response, server(), KeyCall::kStart);
  const Answer answer(response, server());
  KeyRegistration options;
  constexpr std::size_t kShortest = 16, kLongest = 1024;  // WebAuthn section 13.4.3
  options.challenge = answer.RawBytes("challenge", kShortest, kLongest);
  options.rp_id = answer.Word("rp_id", kLongestHost);
  RequireOwnRelyingParty(server(), options.rp_id);
  options.rp_name = answer.Text("rp_name", kLongestName);
  options.user_id = UuidBytes(answer, "user_id");
  options.user_name = answer.Text("user_name", kLongestAddress);
  options.state = answer.Word("state", kLongestState);
  options.algorithms = AlgorithmsIn(answer);
  options.exclude_credential_ids = answer.ListOfRawBytes("exclude_credential_ids", kMostKeys, kLongestCredentialId);
  return options;
}

std::string VouchApi::FinishKeyRegistration(const AccessToken& session, const std::string& state,
                                            const Attestation& attestation) {
  const json body = {{"state", state},
                     {"credential_id", RawNumbers(attestation.credential_id)},
                     {"public_key", RawNumbers(attestation.public_key)},
                     {"attestation_object", RawNumbers(attestation.attestation_object)},
                     {"client_data_json", RawNumbers(attestation.client_data_json)}};
  HttpResponse response = transport_.SendAs(session, Post("/v1/keys/register/complete", body));
  if (response.status != 200 && response.status != 201) throw KeyError(response, server(), KeyCall::kFinish);
  return IdIn(Answer(response, server()), "device_id");
}

SessionCheck VouchApi::CheckSession(const AccessToken& session) {
  VouchTransport::SignedCall call;
  call.path = "/v1/auth/status";
  call.sign = false;
  HttpResponse response = transport_.SendAs(session, call);
  if (response.status != 200) throw ResourceError(response, server());
  const Answer answer(response, server());
  constexpr std::int64_t kLongestLife = 31LL * 24 * 3600;
  SessionCheck check;
  check.authenticated = answer.Bool("authenticated");
  check.email = LowerAscii(answer.TextOrEmpty("email", kLongestAddress));
  check.seconds_left = answer.NumberOr("expires_in_seconds", 0, 0, kLongestLife);
  check.device_name = answer.LabelOrEmpty("device_name");
  return check;
}

}  // namespace vouch
