// The part of the service that opens the AWS console.
#include "server/answer.h"
#include "server/service.h"

namespace vouch {

using namespace agent::v1;

grpc::ServerUnaryReactor* Service::GetConsoleUrl(grpc::CallbackServerContext* context, const GetConsoleUrlRequest* request,
                                                 GetConsoleUrlResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  try {
    const AwsRequest aws = Resolve(*request);
    const ConsoleTarget target =
        ResolveConsoleTarget(aws.region, request->caller().signin_endpoint(), request->destination());
    parts_.console.Open(aws, target, [context, response, reactor](const Console::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return reactor->Finish(Refuse(*context, *error));
      const ConsolePage& page = std::get<ConsolePage>(outcome);
      response->mutable_url()->assign(page.url.Reveal());
      response->set_session_ends_at(page.ends_at);
      response->set_account_id(page.account_id);
      reactor->Finish(grpc::Status::OK);
    });
  } catch (...) {
    reactor->Finish(RefuseCurrentException(*context));
  }
  return reactor;
}

}  // namespace vouch
