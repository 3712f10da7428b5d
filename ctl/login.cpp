#include "login.h"

#include <ctime>
#include <ostream>

#include "error.h"
#include "fido/client_data.h"
#include "time_text.h"

namespace vouch {
namespace {

FinishLoginRequest ToRequest(const std::string& login_id, const std::string& client_data, const Assertion& assertion) {
  FinishLoginRequest request;
  request.set_login_id(login_id);
  request.set_credential_id(assertion.credential_id);
  request.set_authenticator_data(assertion.authenticator_data);
  request.set_signature(assertion.signature);
  request.set_client_data_json(client_data);
  request.set_user_handle(assertion.user_handle);
  return request;
}

FinishLoginResponse LogIn(const LoginOptions& options, Client& client, KeyDialog& key) {
  BeginLoginRequest begin;
  begin.set_server(options.server);
  begin.set_client_version(VOUCH_VERSION);
  const BeginLoginResponse challenge = client.BeginLogin(begin);
  const std::string client_data = ClientDataJson(challenge.challenge(), challenge.rp_id());

  if (key.IsOpen())
    key.Restart();
  else
    key.Open({.rp_id = challenge.rp_id()});
  const Assertion assertion = key.GetAssertion(challenge.rp_id(), client_data);
  return client.FinishLogin(ToRequest(challenge.login_id(), client_data, assertion));
}

}  // namespace

void RunLogin(const LoginOptions& options, Client& client, KeyDialog& key, std::ostream& out) {
  const FinishLoginResponse session = LogIn(options, client, key);
  const std::int64_t now = std::time(nullptr);
  out << "Logged in as " << Printable(session.email()) << " until " << FormatUntil(session.expires_at(), now) << " ("
      << FormatDuration(session.expires_at() - now) << ")." << std::endl;
}

void WithStepUp(const LoginOptions& options, Client& client, KeyDialog& key, const std::function<void()>& call) {
  try {
    call();
    return;
  } catch (const Error& error) {
    if (error.reason() != REASON_STEP_UP_REQUIRED) throw;
  }
  key.err() << "The server wants a new login for this." << std::endl;
  LogIn(options, client, key);
  call();
}

}  // namespace vouch
