#include "login.h"

#include <ctime>
#include <ostream>

#include "error.h"
#include "fido/client_data.h"
#include "time_text.h"

namespace vouch {
namespace {

constexpr int kPinsPerLogin = 3;

class Login {
 public:
  Login(Authenticator& authenticator, Prompt& prompt, std::ostream& err, Deadline deadline)
      : authenticator_(authenticator), prompt_(prompt), err_(err), deadline_(deadline) {}

  Assertion GetAssertion(const std::string& rp_id, const std::string& client_data) {
    authenticator_.Open(deadline_, [this] { err_ << "Insert your security key…" << std::endl; });
    for (int asked = 1;; ++asked) {
      try {
        return TryPin(rp_id, client_data);
      } catch (const Error& error) {
        if (error.reason() != REASON_PIN_WRONG || !prompt_.IsTerminal() || asked == kPinsPerLogin) throw;
        err_ << ErrorLine(error) << std::endl;
      }
    }
  }

 private:
  Assertion TryPin(const std::string& rp_id, const std::string& client_data) {
    ConfirmLastTry();
    const Pin pin = prompt_.AskPin("PIN of the security key: ", deadline_);
    if (!pin.IsPlausible()) throw Error(REASON_PIN_WRONG, "a PIN has 4 to 63 characters", "no try was used up");
    err_ << "Touch your security key…" << std::endl;
    return authenticator_.GetAssertion(rp_id, client_data, pin, deadline_);
  }

  void ConfirmLastTry() {
    if (authenticator_.PinTries() != 1) return;
    const std::string warning = "one PIN try is left before the security key locks for good";
    if (!prompt_.IsTerminal()) throw Error(REASON_SECURITY_KEY, warning, "run vouchctl login in a terminal to use it");
    if (!prompt_.AskYes("Only " + warning + ". Use it? (yes/no) ", deadline_))
      throw Error(REASON_CANCELLED, "cancelled");
  }

  Authenticator& authenticator_;
  Prompt& prompt_;
  std::ostream& err_;
  const Deadline deadline_;
};

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

}  // namespace

void RunLogin(const LoginOptions& options, Client& client, Authenticator& authenticator, Prompt& prompt,
              std::ostream& out, std::ostream& err) {
  BeginLoginRequest begin;
  begin.set_server(options.server);
  begin.set_client_version(VOUCH_VERSION);
  const BeginLoginResponse challenge = client.BeginLogin(begin);
  const std::string client_data = ClientDataJson(challenge.challenge(), challenge.rp_id());

  Login login(authenticator, prompt, err, std::chrono::steady_clock::now() + options.timeout);
  const Assertion assertion = login.GetAssertion(challenge.rp_id(), client_data);

  const FinishLoginResponse session = client.FinishLogin(ToRequest(challenge.login_id(), client_data, assertion));
  const std::int64_t now = std::time(nullptr);
  out << "Logged in as " << Printable(session.email()) << " until " << FormatUntil(session.expires_at(), now) << " ("
      << FormatDuration(session.expires_at() - now) << ")." << std::endl;
}

}  // namespace vouch
