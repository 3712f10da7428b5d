// What the parts of the service share: how a call is started, or runs on a worker where it blocks, its failure turned into a status;
// who calls; the line in the audit log of what is no hand-out.
#pragma once

#include <string>
#include <utility>

#include "server/answer.h"
#include "server/service.h"

namespace vouch {

// Starts `ask`, which answers now or later; what it throws is the answer.
template <typename Ask>
void Start(Call& call, Ask ask) {
  try {
    ask();
  } catch (...) {
    call.Finish(RefuseCurrentException(call.context()));
  }
}

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

// Does it, and leaves a line in the audit log however it ends. `server`: base URL; empty: the current one.
template <typename Work>
auto Service::Noted(const char* event, Call& call, const std::string& server, Work work) {
  const auto note = [this, event, &server, caller = CallerOf(call)](Reason result) {
    parts_.hand_outs.Note(event, caller, server, result);
  };
  try {
    auto result = work();
    note(REASON_UNSPECIFIED);
    return result;
  } catch (const Error& error) {
    note(error.reason());
    throw;
  } catch (...) {
    note(REASON_INTERNAL);
    throw;
  }
}

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
