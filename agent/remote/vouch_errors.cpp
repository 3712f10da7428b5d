#include "remote/vouch_errors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "formats/json_text.h"
#include "remote/auth_challenge.h"

namespace vouch {
namespace {

constexpr const char* kLogin = "run: vouchctl login";
constexpr const char* kEnroll = "run: vouchctl enroll";

struct ServerText {
  std::string code;         // OAuth error, or the code of an ApiError
  std::string description;  // for people
};

ServerText Read(const HttpResponse& response) {
  const auto body = ParseJson(response.body);
  ServerText text;
  if (!body.is_object()) return text;
  auto take = [&](const char* member, std::string& into) {
    auto found = body.find(member);
    if (into.empty() && found != body.end() && found->is_string()) into = Printable(found->get_ref<const std::string&>());
  };
  take("error", text.code);
  take("code", text.code);
  take("error_description", text.description);
  take("message", text.description);
  return text;
}

std::string Said(const ServerUrl& server, const ServerText& text) {
  const std::string& words = text.description.empty() ? text.code : text.description;
  return words.empty() ? server.key() + " refused" : server.key() + " refused: " + words;
}

// What has the same meaning on every endpoint.
std::optional<Error> CommonError(const HttpResponse& response, const ServerUrl& server) {
  if (response.status == 429)
    return Error(REASON_RATE_LIMITED, server.key() + " is limiting requests", "try again in a minute");
  if (response.status == 408)
    return Error(REASON_UPSTREAM, server.key() + " gave up on the request (HTTP 408)", "try again");
  if (response.status >= 500)
    return Error(REASON_UPSTREAM, server.key() + " has a failure of its own (HTTP " + std::to_string(response.status) + ")",
                 "try again; tell your administrator if it lasts");
  if (response.status / 100 == 3 || response.status / 100 == 2)
    return Error(REASON_BAD_ANSWER, server.key() + " answered with HTTP " + std::to_string(response.status),
                 "check the server's URL");
  return std::nullopt;
}

Error NotUnderstood(const HttpResponse& response, const ServerUrl& server, const ServerText& text) {
  return Error(REASON_BAD_ANSWER, Said(server, text) + " (HTTP " + std::to_string(response.status) + ")",
               "check the server's URL and the version of vouchd");
}

Error BadSignature(const ServerUrl& server) {
  return Error(REASON_UPSTREAM, server.key() + " did not accept the request's signature",
               "check the clock; update vouchd if the server is newer");
}

bool AsksToRegister(const ServerText& text) { return text.code == "invalid_client" || text.code == "unauthorized_client"; }

Error NotRegistered(const ServerUrl& server, const char* remedy = kLogin) {
  return Error(REASON_CLIENT_UNKNOWN, server.key() + " does not know this client", remedy);
}

bool IsDenial(const HttpResponse& response, const ServerText& text) {
  return text.code == "access_denied" || response.status == 403;
}

template <std::size_t kSize>
bool IsOneOf(const std::string& code, const std::array<std::string_view, kSize>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// Only a server that says nothing else, or says invalid_token, has ended the session (pitfall 9): it survives whatever a proxy
// answers, and a refused signature or proof.
Error UnauthorizedError(const HttpResponse& response, const ServerUrl& server, const ServerText& text) {
  constexpr std::array<std::string_view, 4> kOurProof = {"invalid_dpop_proof", "use_dpop_nonce", "invalid_signature",
                                                         "signature_required"};
  constexpr std::array<std::string_view, 4> kNoVerdict = {"invalid_request", "insufficient_scope", "server_error",
                                                          "temporarily_unavailable"};
  const AuthRefusal refusal = ReadAuthRefusal(response);
  if (refusal.has_header && !refusal.from_vouch)
    return Error(REASON_BAD_ANSWER, "something in front of " + server.key() + " wants a login of its own (HTTP 401)",
                 "check the server's URL and the proxy");
  const std::string& code = refusal.error.empty() ? text.code : refusal.error;
  if (code == "insufficient_user_authentication")
    return Error(REASON_STEP_UP_REQUIRED, server.key() + " wants a new touch of the security key", kLogin);
  if (response.body.starts_with("signature verification failed") || IsOneOf(code, kOurProof)) return BadSignature(server);
  if (IsOneOf(code, kNoVerdict)) return NotUnderstood(response, server, text);
  if (!refusal.has_header && !response.body.empty() && code.empty()) return NotUnderstood(response, server, text);
  return Error(REASON_SESSION_REVOKED, server.key() + " says that the session has ended", kLogin);
}

// Tokens are long and have no blanks. A server should not quote ours, but its text goes into our log.
std::string WithoutTokens(std::string_view text) {
  constexpr std::size_t kLongestWord = 40;
  auto in_token = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~+=").find(c) != std::string_view::npos;
  };
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(at);
    const auto size = static_cast<std::size_t>(std::find_if_not(begin, text.end(), in_token) - begin);
    if (size > kLongestWord) out += "[...]";
    else out += text.substr(at, size);
    at += size;
    if (at < text.size()) out += text[at++];
  }
  return out;
}

}  // namespace

std::string Printable(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string out = WithoutTokens(text).substr(0, kLongest);
  for (char& c : out)
    if (c < 0x20 || c >= 0x7f) c = '?';
  return out;
}

std::string OAuthErrorCode(const HttpResponse& response) { return Read(response).code; }

Error RegistrationError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  if (response.status == 401 || response.status == 403)
    return Error(REASON_DENIED, server.key() + " does not take new clients", "ask your administrator to open registration");
  if (response.status == 404)
    return Error(REASON_BAD_ANSWER, server.key() + " has no client registration (HTTP 404)", "is this a Vouch server?");
  return NotUnderstood(response, server, text);
}

Error OAuthError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  if (AsksToRegister(text)) return NotRegistered(server);
  if (text.code == "invalid_grant")
    return Error(REASON_LOGIN_REFUSED, server.key() + " did not accept the security key",
                 "is this key registered there? try again: vouchctl login");
  if (text.code == "invalid_dpop_proof") return BadSignature(server);
  if (IsDenial(response, text)) return Error(REASON_DENIED, Said(server, text));
  return NotUnderstood(response, server, text);
}

Error DeviceError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  if (AsksToRegister(text)) return NotRegistered(server, kEnroll);
  if (text.code == "expired_token") return Error(REASON_ENROLLMENT_EXPIRED, "nobody entered the code in time", kEnroll);
  if (text.code == "invalid_grant")
    return Error(REASON_ENROLLMENT_EXPIRED, server.key() + " does not know this code any more", kEnroll);
  if (text.code == "invalid_dpop_proof") return BadSignature(server);
  if (IsDenial(response, text)) return Error(REASON_DENIED, Said(server, text), "ask your Vouch administrator");
  return NotUnderstood(response, server, text);
}

Error ExchangeError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  if (text.code == "invalid_grant")
    return Error(REASON_SESSION_REVOKED, server.key() + " says that the session has ended", kLogin);
  if (AsksToRegister(text))
    return Error(REASON_CLIENT_UNKNOWN, server.key() + " does not know this client for token exchange", kLogin);
  if (text.code == "invalid_dpop_proof") return BadSignature(server);
  if (IsDenial(response, text)) return Error(REASON_DENIED, Said(server, text));
  return NotUnderstood(response, server, text);
}

Error ResourceError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  if (response.status == 401) return UnauthorizedError(response, server, text);
  if (response.status == 403 && text.code == "hardware_required")
    return Error(REASON_STEP_UP_REQUIRED, server.key() + " wants a session made with the security key", kLogin);
  if (response.status == 403) return Error(REASON_DENIED, Said(server, text), "ask your Vouch administrator");
  if (text.code == "invalid_role_arn") return Error(REASON_CONFIGURATION, Said(server, text), "check the role's ARN");
  return NotUnderstood(response, server, text);
}

Error KeyError(const HttpResponse& response, const ServerUrl& server, KeyCall call) {
  const bool names = call == KeyCall::kRename || call == KeyCall::kStart;
  const bool has_id = call == KeyCall::kRename || call == KeyCall::kRemove;
  const bool invalid = response.status == 400 || response.status == 422;
  const ServerText text = Read(response);
  if (has_id && response.status == 404)
    return Error(REASON_NOT_FOUND, server.key() + " has no such key in this account", "see: vouchctl keys list");
  if (names && (invalid || response.status == 409)) return Error(REASON_CONFIGURATION, Said(server, text), "choose another name");
  if (call == KeyCall::kFinish && response.status == 409)
    return Error(REASON_KEY_EXISTS, Said(server, text), "see: vouchctl keys list");
  if (call == KeyCall::kFinish && invalid)
    return Error(REASON_DENIED, Said(server, text), "try again: vouchctl register");
  return ResourceError(response, server);
}

}  // namespace vouch
