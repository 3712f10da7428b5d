// The small texts of the shims, each with what it must agree with. The first letter chooses: p percent-encoding, b base64, f a failed
// call, s a status for prompts, q shell quotes, j JSON, u UTF-8.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "grpc_status.h"
#include "json.h"
#include "report.h"
#include "status_line.h"
#include "utf8.h"

namespace {

using namespace vouch;
using fuzz::Promise;

bool IsUtf8(const std::string& text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

bool IsOneLine(std::string_view line) {
  return line.ends_with('\n') && std::none_of(line.begin(), line.end() - 1, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// What sh makes of one word of single quotes and backslashes between them; all else is no quoting of ours.
std::string Unquoted(std::string_view word) {
  std::string text;
  bool quoted = false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\'') quoted = !quoted;
    else if (quoted) text += word[i];
    else if (word[i] == '\\' && i + 1 < word.size()) text += word[++i];
    else Promise(false, "nothing stands outside of quotes");
  }
  Promise(!quoted, "quotes are closed");
  return text;
}

void Base64(std::string_view text) {
  if (const auto bytes = DecodeBase64(text)) Promise(bytes->size() <= text.size(), "base64 does not grow");
}

void Failed(std::string_view text) {
  GrpcStatus status;
  status.code = static_cast<unsigned char>(fuzz::TakeChoice(text)) % 17 + 1;
  status.message = fuzz::TakeUntil(text, "\n");
  status.error_detail = text;
  const std::string line = ReportLine("vouch", FailureOf(status));
  Promise(IsOneLine(line) && line.size() <= kMaxReportBytes && IsUtf8(line), "a failure is one line");
}

void Status(std::string_view text) {
  agent::v1::GetStatusResponse status;
  if (!status.ParseFromArray(text.data(), static_cast<int>(text.size()))) return;
  const std::string line = FormatStatusLine(status);
  Promise(IsOneLine(line), "a status is one line");
  Promise(line.find_first_of("$`\"'\\;&|<>(){}[]*#~%") == std::string::npos, "a prompt takes nothing of it for a command");
  std::string variables = FormatStatusVariables(status);
  Promise(std::count(variables.begin(), variables.end(), '\n') == 4, "there are four assignments");
  std::string_view rest = variables;
  fuzz::TakeUntil(rest, "VOUCH_EMAIL=");
  Promise(Unquoted(fuzz::TakeUntil(rest, "\n")) == OneLine(status.session().email()), "the shell reads the e-mail address");
}

void Json(std::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  std::string json;
  AppendJsonString(valid, json);
  Promise(json.size() <= MaxJsonStringSize(valid), "what is reserved is enough");
  Promise(nlohmann::json::parse(json).get<std::string>() == valid, "a JSON parser reads the same");
}

void Utf8(std::string_view text) {
  const std::string valid = ReplaceInvalidUtf8(text);
  Promise(valid.size() == text.size() && IsUtf8(valid), "every byte that is no UTF-8 is replaced");
  if (IsUtf8(std::string(text))) Promise(valid == text, "UTF-8 stays as it is");
  const std::size_t limit = text.empty() ? 0 : static_cast<unsigned char>(text.front());
  Promise(IsUtf8(valid.substr(0, Utf8Boundary(valid, std::min(limit, valid.size())))), "a cut splits no character");
}

void Read(char choice, std::string_view text) {
  switch (choice) {
    case 'p': return Promise(DecodePercent(text).size() <= text.size(), "percent-encoding does not grow");
    case 'b': return Base64(text);
    case 'f': return Failed(text);
    case 's': return Status(text);
    case 'q': return Promise(Unquoted(QuoteForShell(text)) == text, "the shell reads the same");
    case 'j': return Json(text);
    case 'u': return Utf8(text);
    default: return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  [[maybe_unused]] static auto* const unsaid = google::protobuf::SetLogHandler(nullptr);  // a line for every odd text
  std::string_view text = vouch::fuzz::TextOf(data, size);
  const char choice = vouch::fuzz::TakeChoice(text);
  Read(choice, text);
  return 0;
}
