#include "grpc_status.h"

#include <cstdint>

namespace vouch {
namespace {

// grpc::StatusCode, by number: no gRPC header here.
constexpr int kDeadlineExceeded = 4, kResourceExhausted = 8, kUnimplemented = 12, kUnavailable = 14;

int HexDigit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  const char lower = static_cast<char>(character | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<Failure> AgentFailure(const GrpcStatus& status) {
  const std::optional<std::string> bytes = DecodeBase64(status.error_detail);
  ErrorDetail detail;
  if (!bytes || bytes->empty() || !detail.ParseFromString(*bytes) || detail.message().empty()) return std::nullopt;
  return Failure(detail.reason(), detail.message(), detail.remedy());
}

}  // namespace

std::string DecodePercent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    decoded += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    if (low >= 0) i += 2;
  }
  return decoded;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 == 0 && text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string decoded;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char character : text) {
    const std::size_t value = kAlphabet.find(character);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      decoded += static_cast<char>((bits >> held) & 0xff);
    }
  }
  return decoded;
}

Failure FailureOf(const GrpcStatus& status) {
  if (std::optional<Failure> told = AgentFailure(status)) return *told;
  switch (status.code) {
    case kDeadlineExceeded: return NoAnswerInTime();
    case kResourceExhausted: return Failure(REASON_RATE_LIMITED, "vouchd is too busy", "try again in a moment");
    case kUnimplemented:
      return Failure(REASON_INTERNAL, "the running vouchd is too old for this program",
                     "restart it: systemctl --user restart vouchd");
    case kUnavailable: return Failure(REASON_AGENT_UNREACHABLE, "vouchd is stopping", "try again in a moment");
    default:
      return Failure(REASON_INTERNAL, "vouchd failed with gRPC status " + std::to_string(status.code) +
                                          (status.message.empty() ? "" : ": " + DecodePercent(status.message)));
  }
}

Failure NoAnswerInTime() {
  return Failure(REASON_UNREACHABLE, "vouchd got no answer from the Vouch server or AWS in time",
                 "try again, or see vouchctl status");
}

}  // namespace vouch
