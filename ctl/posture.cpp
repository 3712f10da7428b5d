#include "posture.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace vouch {

void RunPosture(Client& client, std::ostream& out) {
  const GetPostureResponse posture = client.GetPosture({});
  if (!posture.sent()) {
    out << "Nothing is sent: it is switched off in vouchd.toml ([posture] send = false)." << std::endl;
    return;
  }
  if (posture.authorization_details().empty()) {
    out << "Nothing is sent: nothing could be measured on this device." << std::endl;
    return;
  }
  using Json = nlohmann::ordered_json;
  const Json json = Json::parse(posture.authorization_details(), nullptr, /*allow_exceptions=*/false);
  const bool is_json = !json.is_discarded();
  const std::string pretty = is_json ? json.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace)
                                     : Printable(posture.authorization_details());
  out << pretty << std::endl;
}

}  // namespace vouch
