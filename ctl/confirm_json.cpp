// The machine-readable half of confirm.h, apart because the JSON library is slow to compile.
#include <nlohmann/json.hpp>

#include "confirm.h"
#include "time_text.h"

namespace vouch {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

std::string FormatConfirmationsJson(const ListConfirmationsResponse& list) {
  Json waiting = Json::array();
  for (const Confirmation& one : list.waiting())
    waiting.push_back({{"id", one.id()},
                       {"program", TextOrNull(one.program())},
                       {"pid", one.pid()},
                       {"subject", one.subject()},
                       {"agent_source", TextOrNull(one.agent_source())},
                       {"asked_at", FormatRfc3339(one.asked_at())}});
  const Json json = {{"waiting", waiting}};
  return json.dump(2, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n";
}

}  // namespace vouch
