#include "server/answer.h"

#include <string>
#include <typeinfo>

#include "base/log.h"

namespace vouch {

grpc::Status Refuse(grpc::CallbackServerContext& context, const Error& error) {
  agent::v1::ErrorDetail detail;
  detail.set_reason(error.reason());
  constexpr std::size_t kLongest = 160;  // as the contract says
  detail.set_message(std::string(error.what()).substr(0, kLongest));
  detail.set_remedy(error.remedy());
  context.AddTrailingMetadata(std::string(kErrorDetailKey), detail.SerializeAsString());
  return grpc::Status(static_cast<grpc::StatusCode>(GrpcCode(error.reason())), error.what());
}

grpc::Status RefuseCurrentException(grpc::CallbackServerContext& context) {
  try {
    throw;
  } catch (const Error& error) {
    return Refuse(context, error);
  } catch (const std::exception& e) {
    LogError(std::string("unexpected ") + typeid(e).name());
  } catch (...) {
    LogError("unexpected exception of an unknown type");
  }
  return Refuse(context, Error(REASON_INTERNAL, "vouchd failed", "see its log: journalctl --user -u vouchd"));
}

}  // namespace vouch
