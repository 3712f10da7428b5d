#include "status.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <ostream>
#include <sstream>

#include "time_text.h"

namespace vouch {
namespace {

constexpr std::int64_t kSkewWorthTelling = 5000;  // ms; STS refuses from minutes on, people should know before

constexpr int kPackedWorthTelling = 80;  // percent; at 100 AWS gives no credential any more

constexpr const char* kGreen = "32";
constexpr const char* kYellow = "33";
constexpr const char* kRed = "31";

class StatusText {
 public:
  StatusText(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now, bool color)
      : status_(status), check_(check), now_(now), server_now_(ServerNow(status, now)), color_(color) {}

  std::string Format() {
    WriteSession();
    if (check_ != nullptr) WriteCheck();
    WriteServers();
    WriteAgent();
    WriteWarnings();
    for (const auto& credential : status_.credentials()) WriteCredential(credential);
    return text_.str();
  }

 private:
  std::string Paint(const char* code, const std::string& text) const {
    return color_ ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }

  void Line(const std::string& label, const std::string& value) {
    text_ << label << std::string(label.size() < 12 ? 12 - label.size() : 1, ' ') << Printable(value) << "\n";
  }

  void WriteSession() {
    if (!status_.has_session()) {
      const std::string what = status_.session_expired() ? "Session expired" : "Not logged in";
      text_ << Paint(kRed, what) << "; run: vouchctl login\n";
      return;
    }
    const auto& session = status_.session();
    text_ << Paint(kGreen, "Logged in") << " as " << Printable(session.email()) << " until "
          << FormatUntil(session.expires_at(), now_) << " (" << FormatDuration(session.seconds_left()) << " left)\n";
  }

  void WriteCheck() {
    std::string what;
    if (check_->failure && ExitCode(check_->failure->reason()) == ExitCode(REASON_NOT_LOGGED_IN))
      what = Printable(check_->failure->what());
    else if (check_->failure)
      what = Paint(kYellow, "no answer: ") + Printable(check_->failure->what());
    else if (check_->answer->authenticated())
      what = "the server knows the session, " + FormatDuration(check_->answer->seconds_left()) + " left" +
             (check_->answer->device_name().empty() ? "" : ", made with " + Printable(check_->answer->device_name()));
    else
      what = Paint(kRed, "the server does not know the session") + "; run: vouchctl login";
    text_ << "Checked     " << what << "\n";
  }

  void WriteServers() {
    if (status_.servers_size() <= 1) {
      if (!status_.server().empty()) Line("Server", status_.server());
      return;
    }
    for (const auto& server : status_.servers())
      Line("Server",
           server.url() + (server.current() ? " (current)" : "") +
               (server.email().empty() ? ", not logged in"
                                       : ", " + server.email() + " until " + FormatUntil(server.expires_at(), now_)));
  }

  void WriteAgent() {
    const std::string store = status_.store() == "secret-service" ? "key in the keyring" : "key in a file";
    const std::string kept = status_.session_persists() ? "session survives a restart" : "session in memory only";
    Line("Agent", status_.agent_version() + ", pid " + std::to_string(status_.agent_pid()) + ", up " +
                      FormatDuration(now_ - status_.agent_started_at()) + "; " + store + ", " + kept);
  }

  void WriteWarnings() {
    if (status_.agent_version() != VOUCH_VERSION)
      text_ << Paint(kYellow, "Versions") << "    vouchctl is " << VOUCH_VERSION << ", the running agent is "
            << Printable(status_.agent_version()) << "; restart it: systemctl --user restart vouchd\n";
    const std::int64_t offset = status_.clock_offset_ms();
    if (std::abs(offset) >= kSkewWorthTelling)
      text_ << Paint(kYellow, "Clock") << "       this machine is " << FormatDuration(std::abs(offset) / 1000)
            << (offset > 0 ? " behind" : " ahead of") << " the server\n";
  }

  void WriteCredential(const GetStatusResponse::Credential& credential) {
    const bool aws = credential.kind() == "aws";
    std::string what = aws ? credential.role_arn() + " " + credential.region() : "audience " + credential.audience();
    what += ", " + FormatDuration(credential.expires_at() - server_now_) + " left";
    if (credential.next_renewal_at() != 0)
      what += ", renewed in " + FormatDuration(credential.next_renewal_at() - server_now_);
    else
      what += ", not renewed any more";
    if (!credential.via().empty()) what += ", through " + credential.via();
    if (!credential.agent_source().empty()) what += ", read-only for " + credential.agent_source();
    Line(aws ? "AWS" : "Kubernetes", what);
    if (credential.packed_policy_percent() >= kPackedWorthTelling)
      text_ << "            " << Paint(kYellow, "nearly full: ") << "session policy and tags take "
            << credential.packed_policy_percent() << " % of what AWS accepts\n";
    if (credential.degraded())
      text_ << "            " << Paint(kYellow, "renewal failed: ") << Printable(credential.degraded_message()) << " ("
            << ReasonName(credential.degraded_reason()) << ")\n";
  }

  const GetStatusResponse& status_;
  const SessionCheck* const check_;
  const std::int64_t now_, server_now_;
  const bool color_;
  std::ostringstream text_;
};

// A failure to reach the agent itself is thrown: there is nothing to show then.
SessionCheck Check(const std::string& server, Client& client) {
  CheckSessionRequest request;
  request.set_server(server);
  try {
    return {client.CheckSession(request), std::nullopt};
  } catch (const Error& error) {
    if (error.reason() == REASON_AGENT_UNREACHABLE) throw;
    return {std::nullopt, error};
  }
}

}  // namespace

std::int64_t ServerNow(const GetStatusResponse& status, std::int64_t now) {
  return now + status.clock_offset_ms() / 1000;
}

std::string FormatStatusText(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now, bool color) {
  return StatusText(status, check, now, color).Format();
}

int RunStatus(const StatusOptions& options, Client& client, std::ostream& out) {
  std::optional<SessionCheck> check;
  if (options.check) check = Check(options.server, client);  // first: it may end the session
  const SessionCheck* checked = check ? &*check : nullptr;

  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(options.server);
  const GetStatusResponse status = client.GetStatus(request);
  const std::int64_t now = std::time(nullptr);
  out << (options.json ? FormatStatusJson(status, checked, now) : FormatStatusText(status, checked, now, options.color))
      << std::flush;
  if (check && check->failure) return ExitCode(check->failure->reason());
  const bool is_alive = status.has_session() && (!check || check->answer->authenticated());
  return is_alive ? 0 : ExitCode(REASON_NOT_LOGGED_IN);
}

}  // namespace vouch
