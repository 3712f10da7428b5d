// vouchd: flags, harden, build the agent, which confines itself, run, exit code.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

#include "agent.h"
#include "base/error.h"
#include "base/hardening.h"
#include "base/log.h"
#include "base/onlooker.h"
#include "base/secret.h"
#include "server/socket.h"

namespace {

int Fail(const vouch::Error& error) {
  const std::string remedy = error.remedy().empty() ? "" : "; " + error.remedy();
  std::fprintf(stderr, "vouchd: %s%s\n", error.what(), remedy.c_str());
  return vouch::ExitCode(error.reason());
}

int RunAgent(const std::string& config_path, const std::string& log_level) {
  if (!vouch::InitLog(log_level))
    throw vouch::Error(vouch::REASON_CONFIGURATION, "unknown log level " + log_level, "use debug, info, warning or error");
  if (!vouch::InitSecureHeap()) vouch::LogWarning("secrets cannot be locked in memory and may be swapped out: raise the limit (ulimit -l) to 64 KiB or more");
  const vouch::Config config = vouch::ReadConfig(config_path);
  vouch::StartOnlooker();
  vouch::Agent agent(config);
  agent.Run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    vouch::Harden(vouch::CountActivatedDescriptors());
    CLI::App app{"vouchd, the agent that holds your Vouch session and renews your credentials", "vouchd"};
    app.footer("It is started by systemd or launchd on the first use; by hand: vouchd --log-level debug\n\n"
               "The configuration file, all of it optional:\n"
               "  server = \"https://us.vouch.sh\"   until the first login names another\n"
               "  http_signature = \"auto\"          \"raw\" or \"der\" for a server that takes only that\n"
               "  [store]\n"
               "  keyring = true                   false: client key in a 0600 file, session in memory only\n"
               "  [[aws.organizations]]            one for each organisation whose member accounts you work in\n"
               "  management_role = \"arn:aws:iam::123456789012:role/VouchManagement\"\n"
               "  [posture]\n"
               "  send = true                      false: a login tells the server nothing about this device\n"
               "  [notices]\n"
               "  desktop = true                   false: no notice on the desktop when a session ends or is missing\n"
               "  [policy]                         which program may have what: man vouchd.toml\n"
               "  default = \"allow\"                \"confirm\" or \"deny\": where no rule matches\n"
               "  [[policy.rules]]                 the first that matches\n"
               "  roles = [\"arn:aws:iam::123456789012:role/Prod*\"]\n"
               "  executables = [\"/usr/bin/aws\"]\n"
               "  action = \"confirm\"\n"
               "  [network]                        before the environment's HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE\n"
               "  proxy = \"http://proxy:3128\"\n"
               "  no_proxy = \"localhost,.corp\"\n"
               "  ca_bundle = \"/etc/ssl/corp.pem\"\n\n"
               "A change takes effect at once, but for [store] (a restart) and http_signature (the next login).");
    std::string config_path, log_level = "info";
    app.add_option("--config", config_path, "configuration file (default: $XDG_CONFIG_HOME/vouch/vouchd.toml)");
    app.add_option("--log-level", log_level, "debug, info, warning or error")->capture_default_str();
    app.set_version_flag("--version", "vouchd " VOUCH_VERSION);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& shown) {
      return app.exit(shown);
    } catch (const CLI::ParseError& error) {
      throw vouch::Error(vouch::REASON_CONFIGURATION, error.what(), "see: vouchd --help");
    }
    return RunAgent(config_path, log_level);
  } catch (const vouch::Error& error) {
    return Fail(error);
  } catch (const std::exception& error) {
    return Fail(vouch::Error(vouch::REASON_INTERNAL, error.what()));
  }
}
