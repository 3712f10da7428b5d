#include "exec.h"

#include <unistd.h>

#include <ostream>

#include "aws_environment.h"
#include "caller.h"
#include "child.h"
#include "hide.h"

extern char** environ;

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
  HideMemory();
  return MakeAwsEnvironment(credentials);
}

}  // namespace

void RunExec(const ExecOptions& options, const AwsIdentity& identity, Client& client) {
  Become(options.command, Applied(Fetch(options, identity, client), environ));
}

void RunEnv(const ExecOptions& options, const AwsIdentity& identity, Client& client, std::ostream& out) {
  FormatAwsEnvironment({}, options.shell);  // a wrong shell is told before anything is fetched
  out << FormatAwsEnvironment(Fetch(options, identity, client), options.shell) << std::flush;
}

}  // namespace vouch
