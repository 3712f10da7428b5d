// The part of the service by which a person holds back what is handed out.
#include "server/answer.h"
#include "server/on_worker.h"
#include "server/service.h"
#include "utf8.h"

namespace vouch {

using namespace agent::v1;

namespace {

void Fill(Confirmation& confirmation, const Confirmations::Question& question) {
  confirmation.set_id(question.id);
  confirmation.set_program(ReplaceInvalidUtf8(question.subject.program));
  confirmation.set_pid(question.subject.pid);
  confirmation.set_subject(question.subject.subject);
  confirmation.set_agent_source(question.subject.agent_source);
  confirmation.set_asked_at(question.asked_at);
}

}  // namespace

// It holds at once, whatever the workers wait for; one of them writes it down.
void Service::Lock(Call& call, const LockRequest& request, LockResponse& response) {
  Start(call, [&] {
    response.set_was_locked(parts_.hand_outs.guard().Hold(request.until_login()));
    OnWorker("lock", call, [this, &call, &request] {
      Noted("lock", call, "", [&] { return parts_.hand_outs.guard().Lock(request.until_login()); });
    });
  });
}

void Service::Unlock(Call& call, const UnlockRequest&, UnlockResponse& response) {
  OnWorker("unlock", call, [this, &call, &response] {
    response.set_was_locked(Noted("unlock", call, "", [&] { return parts_.hand_outs.guard().Unlock(); }));
  });
}

void Service::ListConfirmations(Call& call, const ListConfirmationsRequest&, ListConfirmationsResponse& response) {
  Start(call, [&] {
    for (const Confirmations::Question& question : parts_.hand_outs.guard().Waiting()) Fill(*response.add_waiting(), question);
    call.Finish(grpc::Status::OK);
  });
}

// Not on a worker: they may all be busy for the callers who wait for this word.
void Service::AnswerConfirmation(Call& call, const AnswerConfirmationRequest& request, AnswerConfirmationResponse& response) {
  Start(call, [&] {
    const std::optional<Confirmations::Answered> answered = parts_.hand_outs.guard().Answer(request.id(), request.allow());
    if (!answered)
      throw Error(REASON_NOT_FOUND, "nothing with the number " + std::to_string(request.id()) + " waits for your word (any more)",
                  "see what waits: vouchctl confirm");
    Fill(*response.mutable_answered(), answered->question);
    response.set_allowed_until(answered->allowed_until);
    call.Finish(grpc::Status::OK);
  });
}

}  // namespace vouch
