// The machine-readable half of keys.h, apart because the JSON library is slow to compile.
#include <nlohmann/json.hpp>

#include "keys.h"
#include "time_text.h"

namespace vouch {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

std::string FormatKeysJson(const ListKeysResponse& keys) {
  Json list = Json::array();
  for (const auto& key : keys.keys())
    list.push_back({{"id", key.id()},
                    {"name", key.name()},
                    {"model", TextOrNull(key.device_model())},
                    {"aaguid", TextOrNull(key.aaguid())},
                    {"added_at", key.created_at() == 0 ? Json() : Json(FormatRfc3339(key.created_at()))},
                    {"current", key.is_current_session()}});
  const Json json = {{"keys", list}};
  return json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace vouch
