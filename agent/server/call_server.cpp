#include "server/call_server.h"

#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <cstddef>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/on_behalf.h"
#include "base/stack.h"
#include "server/connections.h"
#include "server/grpc_process.h"
#include "server/grpc_queue.h"
#include "server/service.h"

namespace vouch {
namespace {

constexpr int kMaxMessageBytes = 64 * 1024;
constexpr int kMaxAnswerBytes = 4 * 1024 * 1024;  // a status with thousands of credentials; what clients of gRPC take
constexpr int kMaxMetadataBytes = 16 * 1024;
constexpr int kMaxStreams = 20;  // of a connection; vouchctl has one

}  // namespace

template <typename Request, typename Response>
struct CallServer::Method {
  Service& service;
  Connections& connections;
  AsyncService& calls;
  grpc::ServerCompletionQueue& queue;
  Accept<Request, Response> accept;
  Answer<Request, Response> answer;
};

// Waits for a call, answers it, and is deleted when the answer is written. Then the next one has long been waiting.
template <typename Request, typename Response>
class CallServer::UnaryCall final : public Call, public CallEvent {
 public:
  UnaryCall(const Method<Request, Response>& method, std::shared_ptr<void> open) : method_(method), open_(std::move(open)) {
    (method_.calls.*method_.accept)(&context(), &request_, &writer_, &method_.queue, &method_.queue,
                                    static_cast<CallEvent*>(this));
  }

  void Happened(bool ok) override {
    if (finished_ || !ok) {  // not ok: the server shuts down, or nobody has taken the answer
      if (finished_ && !ok) counted_->WasAbandoned();
      delete this;
      return;
    }
    new UnaryCall(method_, open_);
    counted_.emplace(method_.connections, context().peer());
    if (!counted_->is_wanted()) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "its connection has ended"));
    const OnBehalfOf behalf(counted_->behalf());
    (method_.service.*method_.answer)(*this, request_, response_);
  }

  void Finish(const grpc::Status& status) override {
    OnQueue(method_.queue, [this, status] {
      finished_ = true;
      counted_->Answering();
      writer_.Finish(response_, status, static_cast<CallEvent*>(this));
    });
  }

 private:
  ~UnaryCall() = default;

  const Method<Request, Response>& method_;
  const std::shared_ptr<void> open_;
  Request request_;
  Response response_;
  grpc::ServerAsyncResponseWriter<Response> writer_{&context()};
  bool finished_ = false;
  std::optional<Connections::Call> counted_;  // since it came
};

CallServer::CallServer(Service& service, Connections& connections) : service_(service), connections_(connections) {
  auto ended = std::make_shared<std::promise<void>>();
  all_ended_ = ended->get_future();
  open_ = std::shared_ptr<void>(nullptr, [ended](std::nullptr_t) { ended->set_value(); });
  PrepareGrpc();
  Build();
  EndTimerThread();
  ServeAll();
  thread_ = std::thread([this] { Run(); });
}

CallServer::~CallServer() { Shutdown(std::chrono::system_clock::now()); }

void CallServer::Build() {
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.SetMaxSendMessageSize(kMaxAnswerBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  // gRPC 1.51 ends a connection for its pings only when what it writes is written, and until then keeps 4 KB more for each ping
  // that comes: a flood of them takes a gigabyte in ten seconds. Their answers it limits otherwise.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  builder.RegisterService(&calls_);
  queue_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (!server_) throw Error(REASON_INTERNAL, "gRPC could not start");
}

template <typename Request, typename Response>
void CallServer::Serve(std::type_identity_t<Accept<Request, Response>> accept, Answer<Request, Response> answer) {
  using OneMethod = Method<Request, Response>;
  auto method = std::make_shared<OneMethod>(OneMethod{service_, connections_, calls_, *queue_, accept, answer});
  new UnaryCall<Request, Response>(*method, open_);
  methods_.push_back(std::move(method));
}

void CallServer::ServeAll() {
  Serve(&AsyncService::RequestBeginLogin, &Service::BeginLogin);
  Serve(&AsyncService::RequestFinishLogin, &Service::FinishLogin);
  Serve(&AsyncService::RequestLogout, &Service::Logout);
  Serve(&AsyncService::RequestGetStatus, &Service::GetStatus);
  Serve(&AsyncService::RequestGetAwsCredentials, &Service::GetAwsCredentials);
  Serve(&AsyncService::RequestGetEksToken, &Service::GetEksToken);
  Serve(&AsyncService::RequestGetKubernetesToken, &Service::GetKubernetesToken);
  Serve(&AsyncService::RequestDescribeCluster, &Service::DescribeCluster);
  Serve(&AsyncService::RequestDescribeClusterAccess, &Service::DescribeClusterAccess);
  Serve(&AsyncService::RequestGetConsoleUrl, &Service::GetConsoleUrl);
  Serve(&AsyncService::RequestCheckEndpoints, &Service::CheckEndpoints);
  Serve(&AsyncService::RequestBeginEnrollment, &Service::BeginEnrollment);
  Serve(&AsyncService::RequestPollEnrollment, &Service::PollEnrollment);
  Serve(&AsyncService::RequestBeginKeyRegistration, &Service::BeginKeyRegistration);
  Serve(&AsyncService::RequestFinishKeyRegistration, &Service::FinishKeyRegistration);
  Serve(&AsyncService::RequestListKeys, &Service::ListKeys);
  Serve(&AsyncService::RequestRenameKey, &Service::RenameKey);
  Serve(&AsyncService::RequestRemoveKey, &Service::RemoveKey);
  Serve(&AsyncService::RequestCheckSession, &Service::CheckSession);
  Serve(&AsyncService::RequestSelectServer, &Service::SelectServer);
  Serve(&AsyncService::RequestGetPosture, &Service::GetPosture);
  Serve(&AsyncService::RequestLock, &Service::Lock);
  Serve(&AsyncService::RequestUnlock, &Service::Unlock);
  Serve(&AsyncService::RequestListConfirmations, &Service::ListConfirmations);
  Serve(&AsyncService::RequestAnswerConfirmation, &Service::AnswerConfirmation);
  service_.AcceptEndpointCalls(connections_, calls_, *queue_, open_);
}

void CallServer::Admit(int fd) {
  connections_.Admit(UniqueFd(fd), [this](int speaking) {
    OnQueue(*queue_, [this, speaking, open = open_] { grpc::AddInsecureChannelFromFd(server_.get(), speaking); });
  });
}

// The queue may end only when nothing will be started with it any more: gRPC aborts the process over what comes after. That the
// server has shut down is not enough: it has cancelled calls by then that the queue has yet to tell of, or a worker to answer.
// Each call has taken the next one before it ends, and what waits for a call is refused by now.
void CallServer::Shutdown(std::chrono::system_clock::time_point deadline) {
  if (!thread_.joinable()) return;
  connections_.Stop();
  server_->Shutdown(deadline);
  open_.reset();
  all_ended_.wait();
  queue_->Shutdown();
  thread_.join();
}

void CallServer::Run() {
  BecomeQueueThread();
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    static_cast<CallEvent*>(tag)->Happened(ok);
    if (wipe_stack_.exchange(false)) WipeUnusedStack();
  }
}

}  // namespace vouch
