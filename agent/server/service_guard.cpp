// The part of the service by which a person holds back what is handed out.
#include "server/on_worker.h"
#include "server/service.h"

namespace vouch {

using namespace agent::v1;

void Service::Lock(Call& call, const LockRequest& request, LockResponse& response) {
  OnWorker("lock", call, [this, &call, &request, &response] {
    response.set_was_locked(Noted("lock", call, [&] { return parts_.hand_outs.guard().Lock(request.until_login()); }));
  });
}

void Service::Unlock(Call& call, const UnlockRequest&, UnlockResponse& response) {
  OnWorker("unlock", call, [this, &call, &response] {
    response.set_was_locked(Noted("unlock", call, [&] { return parts_.hand_outs.guard().Unlock(); }));
  });
}

// Does it, and leaves a line in the audit log however it ends.
template <typename Work>
bool Service::Noted(const char* event, Call& call, Work work) {
  const Caller caller = CallerOf(call);
  try {
    const bool result = work();
    parts_.hand_outs.Note(event, caller, "", REASON_UNSPECIFIED);
    return result;
  } catch (const Error& error) {
    parts_.hand_outs.Note(event, caller, "", error.reason());
    throw;
  }
}

}  // namespace vouch
