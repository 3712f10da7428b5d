#include "doctor/world.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "aws_config.h"
#include "caller.h"
#include "places.h"
#include "socket_path.h"
#include "user_file.h"

extern char** environ;

namespace vouch {
namespace {

// Empty instead of an error.
template <typename Find>
std::string OrEmpty(const Find& find) {
  try {
    return find();
  } catch (const Error&) {
    return "";
  }
}

std::vector<std::string> NamesWith(const std::string& prefix) {
  std::vector<std::string> names;
  for (const char* const* entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (text.starts_with(prefix) && equals != std::string_view::npos && equals + 1 < text.size())
      names.emplace_back(text.substr(0, equals));
  }
  return names;
}

void ReadAws(DoctorWorld& world) {
  try {
    world.aws_config = ReadUserFile(world.aws.config);
    world.aws_credentials = ReadUserFile(world.aws.credentials);
  } catch (const Error& error) {
    world.aws_files_error = error.what();
  }
}

void FindPlaces(DoctorWorld& world) {
  const auto beside = [](const char* name) { return OrEmpty([&] { return ProgramBeside(name); }); };
  world.vouchctl = beside("vouchctl");
  world.credential_process = beside("vouch-credential-process");
  world.exec_credential = beside("vouch-exec-credential");
  const std::string home = OrEmpty(HomeFolder);
  const auto file = [&](const char* variable, const char* usual) {
    const std::string named = EnvironmentText(variable);
    return named.empty() ? home + usual : named;
  };
  world.aws = {file("AWS_CONFIG_FILE", "/.aws/config"), file("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials"),
               world.credential_process};
  world.kube = {EnvironmentText("KUBECONFIG"),
                home,
                world.exec_credential,
                world.aws.config,
                world.aws.credentials,
                EnvironmentText("AWS_PROFILE"),
                EnvironmentText("AWS_DEFAULT_PROFILE")};
}

void AskAgent(DoctorWorld& world, const std::function<std::unique_ptr<Client>()>& connect) {
  try {
    world.client = connect();
    GetStatusRequest request;
    request.set_server(world.options.server);
    world.status = world.client->GetStatus(request);
  } catch (const Error& error) {
    if (error.reason() == REASON_CANCELLED) throw;
    // One that does not answer is as good as none.
    if (error.reason() == REASON_AGENT_UNREACHABLE) world.client = nullptr;
    (world.client == nullptr ? world.client_error : world.status_error) = error;
  }
}

// Where nobody chose, aws takes [default].
AwsIdentityWish WishOf(const DoctorWorld& world) {
  AwsIdentityWish wish = world.options.aws;
  if (!wish.role.empty() || !wish.profile.empty() || !world.kube.aws_profile.empty()) return wish;
  const std::vector<VouchProfile> profiles = VouchProfiles(world.aws_config.value_or(""));
  const auto is_default = [](const VouchProfile& profile) { return profile.name == "default"; };
  if (profiles.size() > 1 && std::any_of(profiles.begin(), profiles.end(), is_default)) wish.profile = "default";
  return wish;
}

}  // namespace

std::string FindInPath(const std::string& name, const std::string& path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = path.substr(begin, end - begin);
    begin = end + 1;
    const std::string found = folder + "/" + name;
    std::error_code unknown;
    if (folder.starts_with('/') && access(found.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(found, unknown))
      return found;
  }
  return "";
}

DoctorWorld MakeDoctorWorld(const DoctorOptions& options, const std::function<std::unique_ptr<Client>()>& connect,
                            std::function<std::vector<KeyReport>()> keys,
                            std::function<void(const std::string&)> progress) {
  DoctorWorld world;
  world.options = options;
  world.socket_path = SocketPath();
  world.environment = [](const std::string& name) { return EnvironmentText(name.c_str()); };
  world.environment_names = NamesWith;
  world.agent_source = AgentSource();
  world.find_program = [](const std::string& name) { return FindInPath(name, EnvironmentText("PATH")); };
  world.run = RunProgram;
  world.keys = std::move(keys);
  world.now = [] { return std::int64_t{std::time(nullptr)}; };
  world.progress = std::move(progress);
  FindPlaces(world);
  ReadAws(world);
  AskAgent(world, connect);
  return world;
}

std::optional<AwsIdentity> IdentityOf(const DoctorWorld& world) {
  try {
    return RequireAwsIdentity(WishOf(world), world.aws.config, world.kube.aws_profile);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace vouch
