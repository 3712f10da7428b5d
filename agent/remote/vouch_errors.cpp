#include "remote/vouch_errors.h"

#include <nlohmann/json.hpp>

namespace vouch {
namespace {

constexpr const char* kLogin = "run: vouchctl login";

struct ServerText {
  std::string code;         // OAuth error, or the code of an ApiError
  std::string description;  // for people
};

ServerText Read(const HttpResponse& response) {
  const auto body = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
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

bool AsksToRegister(const ServerText& text) { return text.code == "invalid_client" || text.code == "unauthorized_client"; }

}  // namespace

std::string Printable(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string out;
  for (char c : text.substr(0, kLongest)) out += c >= 0x20 && c < 0x7f ? c : '?';
  return out;
}

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
  if (AsksToRegister(text)) return Error(REASON_CONFIGURATION, server.key() + " does not know this client", kLogin);
  if (text.code == "invalid_grant")
    return Error(REASON_LOGIN_REFUSED, server.key() + " did not accept the security key",
                 "is this key registered there? try again: vouchctl login");
  if (text.code == "access_denied" || response.status == 403) return Error(REASON_DENIED, Said(server, text));
  return NotUnderstood(response, server, text);
}

Error ExchangeError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  if (text.code == "invalid_grant")
    return Error(REASON_SESSION_REVOKED, server.key() + " says that the session has ended", kLogin);
  if (AsksToRegister(text))
    return Error(REASON_CONFIGURATION, server.key() + " does not know this client for token exchange", kLogin);
  if (text.code == "access_denied" || response.status == 403) return Error(REASON_DENIED, Said(server, text));
  return NotUnderstood(response, server, text);
}

Error ResourceError(const HttpResponse& response, const ServerUrl& server) {
  if (auto common = CommonError(response, server)) return *common;
  const ServerText text = Read(response);
  const std::string challenge = response.Header("www-authenticate").value_or("");
  if (response.status == 401) {
    if (challenge.find("error=\"insufficient_user_authentication\"") != std::string::npos)
      return Error(REASON_STEP_UP_REQUIRED, server.key() + " wants a new touch of the security key", kLogin);
    // A refused signature or proof says nothing about the session: it must survive (pitfall 9).
    if (response.body.starts_with("signature verification failed") ||
        challenge.find("error=\"invalid_dpop_proof\"") != std::string::npos ||
        challenge.find("error=\"use_dpop_nonce\"") != std::string::npos)
      return Error(REASON_UPSTREAM, server.key() + " did not accept the request's signature",
                   "check the clock; update vouchd if the server is newer");
    return Error(REASON_SESSION_REVOKED, server.key() + " says that the session has ended", kLogin);
  }
  if (response.status == 403 && text.code == "hardware_required")
    return Error(REASON_STEP_UP_REQUIRED, server.key() + " wants a session made with the security key", kLogin);
  if (response.status == 403) return Error(REASON_DENIED, Said(server, text), "ask your Vouch administrator");
  if (text.code == "invalid_role_arn") return Error(REASON_CONFIGURATION, Said(server, text), "check the role's ARN");
  return NotUnderstood(response, server, text);
}

}  // namespace vouch
