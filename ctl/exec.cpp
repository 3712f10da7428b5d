#include "exec.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ostream>

#include "aws_environment.h"
#include "caller.h"
#include "child.h"

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
  throw CannotStart(options.command.front(), errno);
}

void RunEnv(const ExecOptions& options, const AwsIdentity& identity, Client& client, std::ostream& out) {
  FormatAwsEnvironment({}, options.shell);  // a wrong shell is told before anything is fetched
  out << FormatAwsEnvironment(Fetch(options, identity, client), options.shell) << std::flush;
}

}  // namespace vouch
