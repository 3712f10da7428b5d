// vouchctl setup: the agent, the Vouch server and the sign-in.
#include <algorithm>
#include <ctime>
#include <ostream>

#include "login.h"
#include "register.h"
#include "setup_wizard.h"
#include "time_text.h"

namespace vouch {
namespace {

constexpr const char* kPublicServer = "https://us.vouch.sh";

std::string WithScheme(const std::string& text) {
  return text.find("://") == std::string::npos ? "https://" + text : text;
}

}  // namespace

GetStatusResponse SetupWizard::Status(const std::string& server) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(server);
  return client_->GetStatus(request);
}

void SetupWizard::FindAgent() {
  try {
    return Connect();
  } catch (const Error& error) {
    if (error.reason() != REASON_AGENT_UNREACHABLE) throw;
    dialog_.Say(Printable(error.what()) + ".");
  }
  RequireYes("Start it, now and whenever it is needed, by systemctl --user enable --now vouchd.socket?");
  world_.start_agent();
  Connect();
}

void SetupWizard::Connect() {
  client_ = nullptr;
  auto client = world_.connect();
  client_.swap(client);
  try {
    const GetStatusResponse status = Status("");
    dialog_.Say("vouchd " + Printable(status.agent_version()) + " is running.");
    if (status.agent_version() != VOUCH_VERSION)
      dialog_.Say("vouchctl is " VOUCH_VERSION "; to bring them together: systemctl --user restart vouchd");
  } catch (const Error&) {
    client_ = nullptr;
    throw;
  }
}

void SetupWizard::ChooseServer() {
  const std::string given = Take(given_.server);
  if (!given.empty()) return CheckServer(given);
  std::string preset = server_.empty() ? Status("").server() : server_;
  if (preset.empty()) preset = kPublicServer;
  server_ = Ask("Address of the Vouch server", preset, [this](const std::string& answer) { Status(WithScheme(answer)); });
  CheckServer(server_);
}

void SetupWizard::CheckServer(const std::string& text) {
  const std::string url = WithScheme(text);
  const std::string known_as = Status(url).server();
  server_ = known_as.empty() ? url : known_as;
  CheckEndpointsRequest request;
  request.set_server(server_);
  CheckEndpointsResponse answer;
  try {
    answer = client_->CheckEndpoints(request);
  } catch (const Error& error) {
    if (error.reason() != REASON_INTERNAL) throw;
    return dialog_.Say(Printable(server_) + " is taken; it was not checked.");  // an older agent cannot
  }
  for (const auto& endpoint : answer.endpoints()) {
    if (endpoint.service() != "vouch") continue;
    if (endpoint.reason() != REASON_UNSPECIFIED)
      throw Error(endpoint.reason(), endpoint.message() + (endpoint.proxy().empty() ? "" : " (through " + endpoint.proxy() + ")"),
                  "check the address, the network and the proxy");
    return dialog_.Say(Printable(server_) + " answers.");
  }
  dialog_.Say(Printable(server_) + " is taken; it was not checked.");
}

void SetupWizard::MakeCurrent(const GetStatusResponse& status) {
  const auto is_current = [&](const auto& server) { return server.current() && server.url() == status.server(); };
  if (status.servers().empty() || std::any_of(status.servers().begin(), status.servers().end(), is_current)) return;
  SelectServerRequest request;
  request.set_server(status.server());
  client_->SelectServer(request);
  dialog_.Say(Printable(status.server()) + " is the current server now.");
}

void SetupWizard::SignIn() {
  const GetStatusResponse status = Status(server_);
  if (status.has_session()) {
    const auto& session = status.session();
    is_logged_in_ = true;
    dialog_.Say("Logged in as " + Printable(session.email()) + " until " +
                FormatUntil(session.expires_at(), std::time(nullptr)) + " (" + FormatDuration(session.seconds_left()) + " left).");
    return MakeCurrent(status);
  }
  const bool was_here = status.session_expired() || status.keys_size() > 0;
  dialog_.Say(status.session_expired() ? "The session is over." : "Not logged in.");
  dialog_.Say("login   with a security key that your account knows\nenroll  in the browser, which also registers a new key");
  const std::string how = Ask("How? (login/enroll)", was_here && !knows_no_key_ ? "login" : "enroll", [](const std::string& answer) {
    if (answer != "login" && answer != "enroll") throw Error(REASON_CONFIGURATION, "please answer login, enroll or skip");
  });
  how == "login" ? LogIn() : EnrollHere();
  is_logged_in_ = true;
}

void SetupWizard::LogIn() {
  try {
    RunLogin({server_}, *client_, world_.key, out_);
  } catch (const Error& error) {
    knows_no_key_ = error.reason() == REASON_NO_CREDENTIAL;
    throw;
  }
}

void SetupWizard::EnrollHere() {
  EnrollOptions options;
  options.server = server_;
  options.no_browser = given_.no_browser;
  options.progress = dialog_.asks();
  RunEnroll(options, *client_, world_.key, world_.enroll, out_, err_);
  ListKeysRequest request;
  request.set_server(server_);
  const ListKeysResponse answer = client_->ListKeys(request);
  const auto is_current = [](const auto& key) { return key.is_current_session(); };
  if (std::any_of(answer.keys().begin(), answer.keys().end(), is_current)) return;
  if (answer.keys().empty()) {
    RequireYes("Plug in the security key. Register it now?");
    RunRegister({server_, ""}, *client_, world_.key, out_);
  }
  LogIn();
}

}  // namespace vouch
