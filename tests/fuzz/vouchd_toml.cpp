// vouchd.toml: every text is either settings that are fit for use, or an Error that names the line.
#include <fstream>

#include "base/error.h"
#include "config.h"
#include "fakes/temp_folder.h"
#include "formats/arn.h"
#include "fuzz.h"
#include "quiet.h"
#include "remote/url.h"

namespace {

using namespace vouch;
using fuzz::Promise;

void Check(const Config& config) {
  if (!config.server.empty()) Promise(ServerUrl(config.server).text() == config.server, "the server is in its normal form");
  for (const std::string& role : config.management_roles) Promise(ParseRoleArn(role).text == role, "a management role is an ARN");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Quiet quiet;
  static const TempFolder folder;
  static const std::string path = folder.At("vouchd.toml");
  const std::string_view text = fuzz::TextOf(data, size);
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(text.data(), static_cast<std::streamsize>(text.size()));
  Config places;
  places.config_path = path;
  try {
    Check(RereadConfig(places));
  } catch (const Error& error) {
    Promise(error.reason() == REASON_CONFIGURATION, "what is refused is said to be wrongly set");
    Promise(std::string_view(error.what()).starts_with(path + ", line "), "an error names the line");
  }
  return 0;
}
