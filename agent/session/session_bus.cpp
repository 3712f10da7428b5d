#include "session/session_bus.h"

#include <gio/gio.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string_view>

namespace vouch {
namespace {

// GLib would start programs for addresses of other kinds, and a bus where none is named.
bool NamesSocketsOnly(std::string_view address) {
  while (address.starts_with("unix:")) {
    const std::size_t next = address.find(';');
    if (next == std::string_view::npos) return true;
    address.remove_prefix(next + 1);
  }
  return address.empty();
}

}  // namespace

std::string SessionBusAddress() {
  if (const char* named = std::getenv("DBUS_SESSION_BUS_ADDRESS"); named != nullptr && *named != '\0')
    return NamesSocketsOnly(named) ? named : "";
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || runtime[0] != '/') return {};
  const std::string path = std::string(runtime) + "/bus";
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return {};
  gchar* escaped = g_dbus_address_escape_value(path.c_str());
  std::string address = std::string("unix:path=") + escaped;
  g_free(escaped);
  return address;
}

}  // namespace vouch
