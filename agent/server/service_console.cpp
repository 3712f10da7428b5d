// The part of the service that opens the AWS console.
#include <utility>

#include "server/answer.h"
#include "server/on_worker.h"
#include "server/service.h"

namespace vouch {

using namespace agent::v1;

void Service::GetConsoleUrl(Call& call, const GetConsoleUrlRequest& request, GetConsoleUrlResponse& response) {
  try {
    const AwsRequest aws = Resolve(request);
    const ConsoleTarget target =
        ResolveConsoleTarget(aws.region, request.caller().signin_endpoint(), request.destination());
    auto done = [&call, &response](const Console::Outcome& outcome) {
      if (const Error* error = std::get_if<Error>(&outcome)) return call.Finish(Refuse(call.context(), *error));
      const ConsolePage& page = std::get<ConsolePage>(outcome);
      response.mutable_url()->assign(page.url.Reveal());
      response.set_session_ends_at(page.ends_at);
      response.set_account_id(page.account_id);
      call.Finish(grpc::Status::OK);
    };
    parts_.hand_outs.OpenConsole(CallerOf(call, request.caller().agent_source()), aws, target, std::move(done));
  } catch (...) {
    call.Finish(RefuseCurrentException(call.context()));
  }
}

}  // namespace vouch
