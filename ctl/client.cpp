#include "client.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <optional>

#include "vouch/agent/v1/agent.grpc.pb.h"

namespace vouch {
namespace {

using std::chrono::seconds;

// The agent asks the Vouch server, which has 15 s there; with its retries it is done well before this.
constexpr seconds kServerLimit{40};
constexpr seconds kLogoutLimit{15};   // the agent begins to tell servers for 5 s, and each may take 5 s
constexpr seconds kPostureLimit{15};  // the agent looks at the machine, perhaps with the help of programs
constexpr seconds kCheckLimit{9};     // the agent gives each far end 4 s, and its workers may be busy
constexpr seconds kLocalLimit{5};     // no network; covers a cold start of the agent

constexpr const char* kStart = "start it with: systemctl --user start vouchd.socket";
constexpr const char* kRestart = "restart it with: systemctl --user restart vouchd";

Error NotReachable(const std::string& why) { return Error(REASON_AGENT_UNREACHABLE, why, kStart); }

// The uid of the process at the other end; for a socket made by systemd, of systemd.
std::optional<uid_t> PeerUid(int fd) {
#ifdef __linux__
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
#else
  uid_t uid = 0;
  gid_t gid = 0;
  if (getpeereid(fd, &uid, &gid) != 0) return std::nullopt;
  return uid;
#endif
}

UniqueFd Connect(const std::string& path) {
  if (path.empty())
    throw Error(REASON_AGENT_UNREACHABLE, "cannot tell where the agent's socket is", "set XDG_RUNTIME_DIR or HOME");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Error(REASON_CONFIGURATION, "the path of the agent's socket is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());

  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  if (!fd) throw Error(REASON_INTERNAL, std::string("cannot make a socket: ") + std::strerror(errno));
  fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  fcntl(fd.get(), F_SETFL,
        O_NONBLOCK);  // gRPC wants it so; connect on a Unix socket does not wait but for a full queue
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EAGAIN) throw NotReachable("the agent is too busy to answer");
    if (errno == EACCES) throw NotReachable("the agent's socket belongs to another user");
    throw NotReachable("the agent is not running");
  }
  if (PeerUid(fd.get()) != getuid()) throw NotReachable("the agent's socket belongs to another user");
  return fd;
}

std::optional<Error> Detail(const grpc::ClientContext& context) {
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto found = trailing.find(grpc::string_ref(kErrorDetailKey.data(), kErrorDetailKey.size()));
  if (found == trailing.end()) return std::nullopt;
  ErrorDetail detail;
  if (!detail.ParseFromArray(found->second.data(), static_cast<int>(found->second.size()))) return std::nullopt;
  const bool known = Reason_IsValid(detail.reason()) && detail.reason() != REASON_UNSPECIFIED;
  return Error(known ? detail.reason() : REASON_INTERNAL, detail.message(), detail.remedy());
}

Error ToError(const grpc::Status& status, const grpc::ClientContext& context, const Interrupt* interrupt) {
  if (interrupt != nullptr && interrupt->IsSet()) return Error(REASON_CANCELLED, "cancelled");
  if (std::optional<Error> detail = Detail(context)) return *detail;
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return NotReachable("the agent closed the connection");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Error(REASON_AGENT_UNREACHABLE, "the agent did not answer in time", kRestart);
    case grpc::StatusCode::UNIMPLEMENTED:
      return Error(REASON_INTERNAL, "the running agent is older than this vouchctl", kRestart);
    default:
      return Error(REASON_INTERNAL, "the agent failed: " + status.error_message(), "see: journalctl --user -u vouchd");
  }
}

// By a completion queue of its own: a blocking read has no deadline for the first message alone.
class Endpoint final : public EndpointCall {
 public:
  Endpoint(std::shared_ptr<Agent::Stub> stub, const GrantCredentialEndpointRequest& request)
      : stub_(std::move(stub)), stream_(stub_->AsyncGrantCredentialEndpoint(&context_, request, &queue_, this)) {}

  ~Endpoint() override {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    for (bool ok = false; queue_.Next(&tag, &ok);) {
    }
  }

  void Open() override {
    const auto deadline = std::chrono::system_clock::now() + kServerLimit;
    open_ = Next(deadline);
    if (open_) {
      stream_->Read(&granted_, this);
      open_ = Next(deadline);
    }
    if (!open_) throw Failure();
    stream_->Read(&no_more_, this);
  }

  GrantCredentialEndpointResponse& granted() override { return granted_; }

  void Wait() override {
    void* tag = nullptr;
    while (open_ && queue_.Next(&tag, &open_) && open_) stream_->Read(&no_more_, this);
  }

  void End() override { context_.TryCancel(); }

 private:
  // Whether what was started last went well. A deadline that passes ends the call, too.
  bool Next(std::chrono::system_clock::time_point deadline) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::GOT_EVENT) return ok;
    late_ = true;
    context_.TryCancel();
    queue_.Next(&tag, &ok);
    return false;
  }

  Error Failure() {
    grpc::Status status;
    stream_->Finish(&status, this);
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    if (late_) status = grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "");
    return ToError(status, context_, nullptr);
  }

  const std::shared_ptr<Agent::Stub> stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  GrantCredentialEndpointResponse granted_, no_more_;
  bool open_ = false;  // a read is under way
  bool late_ = false;
  const std::unique_ptr<grpc::ClientAsyncReader<GrantCredentialEndpointResponse>> stream_;
};

}  // namespace

// The agent ends a connection on which nothing is asked for long; a person may take longer than that to answer a question.
struct Client::Connection {
  const std::string path;
  const Interrupt* const interrupt;
  UniqueFd twin = {};  // of gRPC's descriptor, which tells nobody that the agent has hung up
  std::shared_ptr<Agent::Stub> stub = {};
  std::chrono::steady_clock::time_point opened = {};
  bool is_used = false;

  void Open() {
    UniqueFd fd = Connect(path);
    twin = UniqueFd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 0));
    stub = Agent::NewStub(grpc::CreateInsecureChannelFromFd("vouchd", fd.release()));
    opened = std::chrono::steady_clock::now();
    is_used = false;
  }

  Agent::Stub& Stub() {
    pollfd end{twin.get(), 0, 0};
    const bool has_served = is_used || std::chrono::steady_clock::now() - opened > seconds(1);  // else it will not do so now
    if (has_served && poll(&end, 1, 0) == 1) Open();
    is_used = true;
    return *stub;
  }

  template <typename Request, typename Response>
  Response Call(grpc::Status (Agent::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request, seconds limit) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + limit);
    std::optional<Watch> watch;
    if (interrupt != nullptr) watch.emplace(*interrupt, Deadline::max(), [&context] { context.TryCancel(); });
    Response response;
    const grpc::Status status = (Stub().*method)(&context, request, &response);
    watch.reset();
    if (!status.ok()) throw ToError(status, context, interrupt);
    return response;
  }
};

Client::Client(const std::string& socket_path, const Interrupt* interrupt) {
  connection_ = std::make_unique<Connection>(Connection{socket_path, interrupt});
  connection_->Open();
}

Client::~Client() = default;

BeginLoginResponse Client::BeginLogin(const BeginLoginRequest& request) {
  return connection_->Call(&Agent::Stub::BeginLogin, request, kServerLimit);
}

FinishLoginResponse Client::FinishLogin(const FinishLoginRequest& request) {
  return connection_->Call(&Agent::Stub::FinishLogin, request, kServerLimit);
}

BeginEnrollmentResponse Client::BeginEnrollment(const BeginEnrollmentRequest& request) {
  return connection_->Call(&Agent::Stub::BeginEnrollment, request, kServerLimit);
}

PollEnrollmentResponse Client::PollEnrollment(const PollEnrollmentRequest& request) {
  return connection_->Call(&Agent::Stub::PollEnrollment, request, kServerLimit);
}

BeginKeyRegistrationResponse Client::BeginKeyRegistration(const BeginKeyRegistrationRequest& request) {
  return connection_->Call(&Agent::Stub::BeginKeyRegistration, request, kServerLimit);
}

FinishKeyRegistrationResponse Client::FinishKeyRegistration(const FinishKeyRegistrationRequest& request) {
  return connection_->Call(&Agent::Stub::FinishKeyRegistration, request, kServerLimit);
}

ListKeysResponse Client::ListKeys(const ListKeysRequest& request) {
  return connection_->Call(&Agent::Stub::ListKeys, request, kServerLimit);
}

RenameKeyResponse Client::RenameKey(const RenameKeyRequest& request) {
  return connection_->Call(&Agent::Stub::RenameKey, request, kServerLimit);
}

RemoveKeyResponse Client::RemoveKey(const RemoveKeyRequest& request) {
  return connection_->Call(&Agent::Stub::RemoveKey, request, kServerLimit);
}

CheckSessionResponse Client::CheckSession(const CheckSessionRequest& request) {
  return connection_->Call(&Agent::Stub::CheckSession, request, kServerLimit);
}

SelectServerResponse Client::SelectServer(const SelectServerRequest& request) {
  return connection_->Call(&Agent::Stub::SelectServer, request, kLocalLimit);
}

GetPostureResponse Client::GetPosture(const GetPostureRequest& request) {
  return connection_->Call(&Agent::Stub::GetPosture, request, kPostureLimit);
}

LogoutResponse Client::Logout(const LogoutRequest& request) {
  return connection_->Call(&Agent::Stub::Logout, request, kLogoutLimit);
}

GetAwsCredentialsResponse Client::GetAwsCredentials(const GetAwsCredentialsRequest& request) {
  return connection_->Call(&Agent::Stub::GetAwsCredentials, request, kServerLimit);
}

DescribeClusterAccessResponse Client::DescribeClusterAccess(const DescribeClusterRequest& request) {
  return connection_->Call(&Agent::Stub::DescribeClusterAccess, request, kServerLimit);
}

DescribeClusterResponse Client::DescribeCluster(const DescribeClusterRequest& request) {
  return connection_->Call(&Agent::Stub::DescribeCluster, request, kServerLimit);
}

std::unique_ptr<EndpointCall> Client::GrantCredentialEndpoint(const GrantCredentialEndpointRequest& request) {
  connection_->Stub();
  return std::make_unique<Endpoint>(connection_->stub, request);
}

GetConsoleUrlResponse Client::GetConsoleUrl(const GetConsoleUrlRequest& request) {
  return connection_->Call(&Agent::Stub::GetConsoleUrl, request, kServerLimit);
}

CheckEndpointsResponse Client::CheckEndpoints(const CheckEndpointsRequest& request) {
  return connection_->Call(&Agent::Stub::CheckEndpoints, request, kCheckLimit);
}

GetEksTokenResponse Client::GetEksToken(const GetEksTokenRequest& request) {
  return connection_->Call(&Agent::Stub::GetEksToken, request, kServerLimit);
}

GetKubernetesTokenResponse Client::GetKubernetesToken(const GetKubernetesTokenRequest& request) {
  return connection_->Call(&Agent::Stub::GetKubernetesToken, request, kServerLimit);
}

LockResponse Client::Lock(const LockRequest& request) { return connection_->Call(&Agent::Stub::Lock, request, kLocalLimit); }

UnlockResponse Client::Unlock(const UnlockRequest& request) {
  return connection_->Call(&Agent::Stub::Unlock, request, kLocalLimit);
}

ListConfirmationsResponse Client::ListConfirmations(const ListConfirmationsRequest& request) {
  return connection_->Call(&Agent::Stub::ListConfirmations, request, kLocalLimit);
}

AnswerConfirmationResponse Client::AnswerConfirmation(const AnswerConfirmationRequest& request) {
  return connection_->Call(&Agent::Stub::AnswerConfirmation, request, kLocalLimit);
}

GetStatusResponse Client::GetStatus(const GetStatusRequest& request) {
  return connection_->Call(&Agent::Stub::GetStatus, request, kLocalLimit);
}

}  // namespace vouch
