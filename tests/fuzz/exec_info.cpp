// KUBERNETES_EXEC_INFO: our scanner agrees with a real JSON parser on whether there is an apiVersion, and on what it is.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "exec_info.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto found = vouch::FindApiVersion(text);
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!found || !json.is_object()) return 0;  // we may be stricter (depth); what we do find must be right
  auto member = json.find("apiVersion");
  if (member == json.end() || !member->is_string() || *member != *found) __builtin_trap();
  return 0;
}
