#include "server/answer.h"

#include <string>
#include <typeinfo>

#include "base/log.h"

namespace vouch {

namespace {

// Never cut inside a character: a message that is no UTF-8 would not be parsed.
std::string Shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0) == 0x80) --longest;
  text.resize(longest);
  return text;
}

}  // namespace

grpc::Status Refuse(grpc::ServerContext& context, const Error& error) {
  agent::v1::ErrorDetail detail;
  detail.set_reason(error.reason());
  constexpr std::size_t kLongest = 160, kLongestRemedy = 320;  // as the contract says
  detail.set_message(Shortened(error.what(), kLongest));
  detail.set_remedy(Shortened(error.remedy(), kLongestRemedy));
  context.AddTrailingMetadata(std::string(kErrorDetailKey), detail.SerializeAsString());
  return grpc::Status(static_cast<grpc::StatusCode>(GrpcCode(error.reason())), error.what());
}

grpc::Status RefuseCurrentException(grpc::ServerContext& context) {
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
