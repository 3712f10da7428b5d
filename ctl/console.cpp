#include "console.h"

#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <system_error>

#include "caller.h"
#include "error.h"
#include "hide.h"
#include "places.h"
#include "socket_path.h"
#include "time_text.h"
#include "utf8.h"

namespace vouch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFilePrefix = "console-";
constexpr const char* kFileSuffix = ".html";
// A browser that is not running yet may take a while. The script's path is its only argument, and no secret.
constexpr const char* kRemoveLater = "sleep 30; rm -f -- \"$1\"";
constexpr std::int64_t kLeftBehind = 60;  // seconds: older than any file that is still waited for
constexpr const char* kUsePrint = "run: vouchctl console --print, and open the page yourself";

// Wipes a text that signs somebody in.
struct Wiped {
  std::string& text;
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

GetConsoleUrlRequest MakeRequest(const ConsoleOptions& options, const AwsIdentity& identity) {
  GetConsoleUrlRequest request;
  request.set_role_arn(identity.role);
  request.set_region(identity.region);
  request.set_via(identity.via);
  request.set_destination(ReplaceInvalidUtf8(options.page));
  CallerContext& caller = *request.mutable_caller();
  caller = CallerFromEnvironment();
  caller.set_vouch_server(options.server);
  caller.set_signin_endpoint(ReplaceInvalidUtf8(EnvironmentText("AWS_ENDPOINT_URL_SIGNIN")));
  return request;
}

void RequirePrivate(const std::string& folder) {
  struct stat found{};
  mkdir(folder.c_str(), 0700);
  if (lstat(folder.c_str(), &found) != 0)
    throw Error(REASON_CONFIGURATION, "cannot use " + Printable(folder) + ": " + std::strerror(errno), kUsePrint);
  if (!S_ISDIR(found.st_mode) || found.st_uid != getuid() || (found.st_mode & 077) != 0)
    throw Error(REASON_CONFIGURATION, "the folder " + Printable(folder) + " is not yours alone", "run: chmod 700 " + Printable(folder));
}

// What a run left behind whose remover was killed.
void RemoveLeftovers(const ConsoleWorld& world) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(world.folder, ignored)) {
    const std::string name = entry.path().filename();
    struct stat found{};
    if (!name.starts_with(kFilePrefix) || !name.ends_with(kFileSuffix)) continue;
    if (lstat(entry.path().c_str(), &found) == 0 && world.now - found.st_mtime > kLeftBehind) unlink(entry.path().c_str());
  }
}

std::string WriteFile(const std::string& folder, const std::string& text) {
  std::string path = folder + "/" + kFilePrefix + "XXXXXX" + kFileSuffix;
  const int fd = mkstemps(path.data(), static_cast<int>(std::strlen(kFileSuffix)));  // 0600
  const bool is_written = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (is_written) return path;
  if (fd >= 0) unlink(path.c_str());
  throw Error(REASON_CONFIGURATION, "cannot write into " + Printable(folder) + ": " + std::strerror(error), kUsePrint);
}

void Show(const std::string& url, const ConsoleWorld& world) {
  std::string text = FormatRedirect(url);
  const Wiped wiped{text};
  const std::string path = WriteFile(world.folder, text);
  if (world.start(BrowserCommandForFile(path, world.browser)) && world.start({"/bin/sh", "-c", kRemoveLater, "sh", path})) return;
  unlink(path.c_str());
  throw Error(REASON_CONFIGURATION, "the browser cannot be started", kUsePrint);
}

}  // namespace

std::string FormatRedirect(const std::string& url) {
  std::string escaped;
  escaped.reserve(url.size() * 2);
  for (char c : url) {
    if (c == '&') escaped += "&amp;";
    else if (c == '"') escaped += "&quot;";
    else if (c == '<') escaped += "&lt;";
    else escaped += c;
  }
  std::string text = "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                     "<meta http-equiv=\"refresh\" content=\"0; url=";
  text.reserve(text.size() + escaped.size() + 100);
  text.append(escaped).append("\">\n<title>AWS console</title>\n");
  OPENSSL_cleanse(escaped.data(), escaped.size());
  return text;
}

std::string PrivateFolder() {
  const std::string socket = SocketPath();
  if (socket.empty()) throw Error(REASON_CONFIGURATION, "there is no folder for the page", "set XDG_RUNTIME_DIR or HOME");
  return socket.substr(0, socket.rfind('/'));
}

void RunConsole(const ConsoleOptions& options, const AwsIdentity& identity, Client& client, const ConsoleWorld& world,
                std::ostream& out) {
  if (!options.print) {
    if (BrowserCommandForFile("/", world.browser).empty())
      throw Error(REASON_CONFIGURATION, "there is no browser to be started here", kUsePrint);
    RequirePrivate(world.folder);
    RemoveLeftovers(world);
  }
  GetConsoleUrlResponse page = client.GetConsoleUrl(MakeRequest(options, identity));
  HideMemory();
  const Wiped wiped{*page.mutable_url()};
  if (!IsPage(page.url())) throw Error(REASON_BAD_ANSWER, "the agent sent a page that is none", "restart it: systemctl --user restart vouchd");
  if (options.print) {
    out << page.url() << std::endl;
    return;
  }
  Show(page.url(), world);
  out << "The AWS console of account " << Printable(page.account_id()) << " opens in the browser, signed in until "
      << FormatUntil(page.session_ends_at(), world.now) << "." << std::endl;
}

}  // namespace vouch
