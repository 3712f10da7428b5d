#include "exec.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ostream>

#include "aws_environment.h"
#include "caller.h"
#include "error.h"
#include "time_text.h"

namespace vouch {
namespace {

AwsEnvironment Fetch(const ExecOptions& options, const AwsIdentity& identity, Client& client) {
  GetAwsCredentialsRequest request;
  request.set_role_arn(identity.role);
  request.set_region(identity.region);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  request.mutable_caller()->set_vouch_server(options.server);
  GetAwsCredentialsResponse credentials = client.GetAwsCredentials(request);
  return MakeAwsEnvironment(credentials);
}

}  // namespace

void RunExec(const ExecOptions& options, const AwsIdentity& identity, Client& client) {
  {
    const AwsEnvironment environment = Fetch(options, identity, client);
    for (const std::string& name : environment.unset) unsetenv(name.c_str());
    for (const auto& [name, value] : environment.set) setenv(name.c_str(), value.c_str(), /*overwrite=*/1);
  }
  std::vector<char*> arguments;
  for (const std::string& word : options.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  throw Error(REASON_CONFIGURATION, "cannot start " + Printable(options.command.front()) + ": " + std::strerror(errno),
              "check its name and PATH");
}

void RunEnv(const ExecOptions& options, const AwsIdentity& identity, Client& client, std::ostream& out) {
  FormatAwsEnvironment({}, options.shell);  // a wrong shell is told before anything is fetched
  out << FormatAwsEnvironment(Fetch(options, identity, client), options.shell) << std::flush;
}

int RunRequire(std::int64_t seconds, const std::string& server, Client& client, std::ostream& err) {
  GetStatusRequest request;
  request.set_client_version(VOUCH_VERSION);
  request.set_server(server);
  const GetStatusResponse status = client.GetStatus(request);
  if (!status.has_session()) throw Error(REASON_NOT_LOGGED_IN, "not logged in", "run: vouchctl login");
  const std::int64_t left = status.session().seconds_left();
  if (left >= seconds) return 0;
  err << "vouchctl: the session lasts " << FormatDuration(left) << ", not " << FormatDuration(seconds)
      << "; run: vouchctl login" << std::endl;
  return ExitCode(REASON_SESSION_EXPIRED);
}

std::int64_t ParseDuration(const std::string& text) {
  constexpr std::int64_t kWeek = 7 * 24 * 3600;
  constexpr std::size_t kMostDigits = 6;
  const Error bad(REASON_CONFIGURATION, "this is no duration", "write it as 90m, 2h or 1h30m");
  std::int64_t total = 0, unit_before = kWeek;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) number = number * 10 + (text[at] - '0');
    if (digits == 0 || digits > kMostDigits || at == text.size()) throw bad;
    const char letter = text[at++];
    const std::int64_t unit = letter == 'h' ? 3600 : letter == 'm' ? 60 : letter == 's' ? 1 : 0;
    if (unit == 0 || unit >= unit_before) throw bad;
    unit_before = unit;
    total += number * unit;
  }
  if (total <= 0 || total > kWeek) throw bad;
  return total;
}

}  // namespace vouch
