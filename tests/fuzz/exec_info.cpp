// KUBERNETES_EXEC_INFO: our scanner agrees with a real JSON parser on whether there is an apiVersion, and on what it is.
#include <nlohmann/json.hpp>

#include "exec_info.h"
#include "failure.h"
#include "fuzz.h"

namespace {

constexpr std::size_t kEnough = 60;  // of lists in lists: beyond, we may be stricter

// Where our scanner says '?', by design: it compares with ASCII only.
bool IsAscii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

std::size_t DepthOf(std::string_view text) {
  std::size_t depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return deepest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using vouch::fuzz::Promise;
  const std::string_view whole = vouch::fuzz::TextOf(data, size);
  const std::string_view text = whole.substr(0, whole.find('\0'));  // as a variable of the environment has it
  const auto found = vouch::FindApiVersion(text);
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto member = json.is_object() ? json.find("apiVersion") : json.end();
  const bool is_there = json.is_object() && member != json.end() && member->is_string();
  const bool has_mark = text.starts_with("\xEF\xBB\xBF");  // that parser's own forgiveness
  if (is_there && !has_mark && !found) Promise(DepthOf(text) > kEnough, "a version that a JSON parser finds is found");
  if (found && json.is_object()) Promise(is_there, "no version is found where a JSON parser finds none");
  if (found && is_there && IsAscii(member->get_ref<const std::string&>()))
    Promise(*found == *member, "the version is what a JSON parser finds");

  const std::string variable(text);
  try {
    const std::string version = vouch::ApiVersionFor(variable.c_str());
    Promise(version.starts_with("client.authentication.k8s.io/v1"), "the answer has a version that kubectl knows");
  } catch (const vouch::Failure& failure) {
    Promise(failure.reason() == vouch::REASON_CONFIGURATION, "a version that is not spoken is said to be one");
  }
  return 0;
}
