// What the parts of the service share: how a blocking call runs, on a worker, its failure turned into a status; who calls.
#pragma once

#include <string>
#include <utility>

#include "server/answer.h"
#include "server/service.h"

namespace vouch {

template <typename Work>
void Service::OnWorker(const char* name, Call& call, Work work) {
  parts_.executor.post(name, [&call, work] {
    grpc::Status status;
    try {
      work();
    } catch (...) {
      status = RefuseCurrentException(call.context());
    }
    call.Finish(status);
  });
}

// Who makes the call. To be asked while it waits for its answer.
inline Caller CallerOf(Call& call, const std::string& agent_source = {}) { return Meet(call.context().peer(), agent_source); }

// The server that a request names, in the form that sessions are found by; empty stays empty: the current one. Throws
// REASON_CONFIGURATION.
inline std::string NamedServer(const std::string& text) { return text.empty() ? "" : ServerUrl(text).text(); }

// Who is logged in, as login and enrolment answer.
inline void Describe(const Session& session, agent::v1::FinishLoginResponse& response) {
  response.set_email(session.identity().email);
  response.set_server(session.vouch().server().text());
  response.set_expires_at(session.identity().expires_at);
}

}  // namespace vouch
