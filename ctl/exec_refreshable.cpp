#include "exec_refreshable.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <ostream>
#include <thread>

#include "aws_environment.h"
#include "aws_ini.h"
#include "caller.h"
#include "child.h"
#include "error.h"
#include "hide.h"
#include "token_file.h"
#include "user_file.h"

extern char** environ;

namespace vouch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100}, kLongestPause{5000};

void WipeText(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

// The grant, kept alive: when the agent goes away it is asked again, quietly, since the terminal is the command's.
class Keeper {
 public:
  // `call` is open.
  Keeper(std::string socket, GrantCredentialEndpointRequest request, std::unique_ptr<EndpointCall> call)
      : socket_(std::move(socket)), request_(std::move(request)), call_(std::move(call)), file_(socket_, call_->granted().token()) {
    request_.set_resume_url(call_->granted().url());
    request_.set_resume_token(std::move(*call_->granted().mutable_token()));
    thread_ = std::thread([this] { Keep(); });
  }

  ~Keeper() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      call_->End();
    }
    changed_.notify_all();
    thread_.join();
    WipeText(*request_.mutable_resume_token());
  }

  const std::string& token_file() const { return file_.path(); }

 private:
  void Keep() {
    for (;;) {
      call_->Wait();
      if (!Renew()) return;
    }
  }

  // False when it is over.
  bool Renew() {
    for (milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
      {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, pause, [this] { return over_; })) return false;
      }
      try {
        Replace(Client(socket_).GrantCredentialEndpoint(request_));
        call_->Open();
        file_.Rewrite(call_->granted().token());
        WipeText(*request_.mutable_resume_token());
        request_.set_resume_token(std::move(*call_->granted().mutable_token()));
        return true;
      } catch (const std::exception&) {
        // the agent is away, or its port is taken; the next attempt may do better
      }
    }
  }

  // Before it is open, so that the end does not have to wait for it.
  void Replace(std::unique_ptr<EndpointCall> call) {
    const std::lock_guard lock(mutex_);
    call_.swap(call);
    if (over_) call_->End();
  }

  const std::string socket_;
  GrantCredentialEndpointRequest request_;
  std::unique_ptr<EndpointCall> call_;
  TokenFile file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

GrantCredentialEndpointRequest RequestFor(const ExecOptions& options, const AwsIdentity& identity, Client& client) {
  GrantCredentialEndpointRequest request;
  request.set_role_arn(identity.role);
  request.set_region(identity.region);
  request.set_via(identity.via);
  *request.mutable_caller() = CallerFromEnvironment();
  std::string server = options.server;
  if (server.empty()) {  // the current one may be another when the agent was restarted
    GetStatusRequest status;
    status.set_client_version(VOUCH_VERSION);
    server = client.GetStatus(status).session().server();
  }
  request.mutable_caller()->set_vouch_server(server);
  return request;
}

// In the process beside the command.
void KeepEndpoint(const ExecOptions& options, const AwsIdentity& identity, const std::string& socket, Beside& beside) {
  GrantCredentialEndpointRequest request;
  std::unique_ptr<EndpointCall> call;
  {
    Client client(socket);
    request = RequestFor(options, identity, client);
    call = client.GrantCredentialEndpoint(request);
  }
  call->Open();
  HideMemory();
  beside.Detach();  // before there is a file to leave behind
  const std::string url = call->granted().url(), region = call->granted().region();
  const Keeper keeper(socket, std::move(request), std::move(call));
  beside.Answer({url, keeper.token_file(), region});
  beside.WaitForCommand();
}

std::string TextOf(const std::string& path) {
  try {
    return ReadUserFile(path).value_or("");
  } catch (const Error&) {
    return "";  // an SDK will say what is wrong with it
  }
}

void WarnOfDefaultProfile(const RefreshablePlaces& places, std::ostream& err) {
  const std::string source = DefaultProfileSource(TextOf(places.aws_config), TextOf(places.aws_credentials));
  if (source.empty()) return;
  err << "vouchctl: the AWS profile [default] has " << source
      << ", which programs use instead of the endpoint; rename that profile, or set AWS_CONFIG_FILE=/dev/null "
         "AWS_SHARED_CREDENTIALS_FILE=/dev/null for this command and give --role"
      << std::endl;
}

}  // namespace

void RunExecRefreshable(const ExecOptions& options, const AwsIdentity& identity, const RefreshablePlaces& places,
                        std::ostream& err) {
  const std::vector<std::string> granted =
      StartBeside([&](Beside& beside) { KeepEndpoint(options, identity, places.socket, beside); });
  if (granted.size() != 3) throw Error(REASON_INTERNAL, "the endpoint is not told whole");
  WarnOfDefaultProfile(places, err);
  Become(options.command, Applied(MakeEndpointEnvironment(granted[0], granted[1], granted[2]), environ));
}

std::string DefaultProfileSource(const std::string& config, const std::string& credentials) {
  constexpr std::array kSources = {"aws_access_key_id", "credential_process", "role_arn",     "sso_session",
                                   "sso_start_url",     "login_session",      "web_identity_token_file"};
  for (const std::string* text : {&credentials, &config}) {
    const AwsIni ini(*text);
    for (const AwsSection& section : ini.sections()) {
      if (section.header != "default" && section.header != "profile default") continue;
      for (const char* source : kSources)
        if (section.Find(source) != nullptr) return source;
    }
  }
  return "";
}

}  // namespace vouch
