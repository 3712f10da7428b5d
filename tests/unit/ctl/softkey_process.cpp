#include "unit/ctl/softkey_process.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace vouch {

Softkey::Softkey(const Options& options) {
  const std::string python = "/usr/bin/python3";
  const std::string program = VOUCH_SOURCE_DIR "/tests/softkey/softkey";
  std::vector<std::string> create = {python,  program,     "create", "--file",    folder_ / "key.json",
                                     "--pin", options.pin, "--ctap", options.ctap};
  const std::vector<std::string> credential = {"--rp-id", kRpId,         "--user-id",
                                               kUserId,   "--user-name", "alice@example.com"};
  if (options.blank)
    create.push_back("--no-credential");
  else
    create.insert(create.end(), credential.begin(), credential.end());
  const Subprocess::Result created = Subprocess(create).Wait();
  if (created.exit_code != 0) throw std::runtime_error(created.err);
  const auto json = nlohmann::json::parse(created.out);
  public_key_pem_ = json.value("public_key_pem", "");
  credential_id_ = json.value("credential_id", "");

  std::vector<std::string> serve = {python,     program,  "serve",   "--file",      folder_ / "key.json",
                                    "--socket", socket(), "--touch", options.touch, "--verbose"};
  if (options.empty) serve.push_back("--empty");
  serve.insert(serve.end(), options.more.begin(), options.more.end());
  process_ = std::make_unique<Subprocess>(serve);
  if (!process_->WaitForOut("ready\n")) throw std::runtime_error("softkey: " + process_->Err());
}

}  // namespace vouch
