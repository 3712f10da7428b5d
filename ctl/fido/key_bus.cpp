#include "fido/key_bus.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "error.h"
#include "fido/transport_unix.h"

namespace vouch {
namespace {

constexpr std::size_t kMaxDevices = 16;

std::string Text(const char* text) { return text == nullptr ? "" : text; }

std::vector<OpenKey> UsbKeys() {
  fido_dev_info_t* list = fido_dev_info_new(kMaxDevices);
  if (list == nullptr) throw FidoError(FIDO_ERR_INTERNAL, "be listed");
  std::size_t count = 0;
  const int code = fido_dev_info_manifest(list, kMaxDevices, &count);
  std::vector<OpenKey> keys;
  for (std::size_t i = 0; code == FIDO_OK && i < count; ++i) {
    const fido_dev_info_t* info = fido_dev_info_ptr(list, i);
    keys.push_back({Text(fido_dev_info_path(info)), Text(fido_dev_info_product_string(info)), nullptr});
  }
  fido_dev_info_free(&list, kMaxDevices);
  RequireFido(code, "be listed");
  return keys;
}

const OpenKey* Find(const std::vector<OpenKey>& keys, const std::string& path) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const OpenKey& key) { return key.path == path; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> KeySockets(const char* device) {
  constexpr std::string_view kUnix = "unix:";
  std::vector<std::string> sockets;
  std::string_view left = device == nullptr ? "" : device;
  while (!left.empty()) {
    const std::string_view entry = left.substr(0, left.find(','));
    left.remove_prefix(std::min(entry.size() + 1, left.size()));
    if (!entry.starts_with("unix:/"))
      throw Error(REASON_CONFIGURATION, "VOUCH_FIDO_DEVICE is not understood",
                  "use unix:<absolute path>, or unset it for USB");
    sockets.emplace_back(entry.substr(kUnix.size()));
  }
  return sockets;
}

std::size_t KeyBus::Update(std::vector<OpenKey>& keys) const {
  std::vector<OpenKey> plugged = List();
  std::erase_if(keys, [&](const OpenKey& key) { return Find(plugged, key.path) == nullptr; });
  for (OpenKey& key : plugged) {
    if (Find(keys, key.path) != nullptr) continue;
    key.device = TryOpen(key.path);
    if (key.device) keys.push_back(std::move(key));
  }
  return plugged.size();
}

std::string KeyBus::RemedyForNone() const {
#ifdef __linux__
  // libfido2 does not list what it may not open, so it cannot be told apart here.
  if (sockets_.empty()) return "plug it in and try again; if it is plugged in, udev may not let you use it";
#endif
  return "plug it in and try again";
}

std::vector<OpenKey> KeyBus::List() const {
  if (sockets_.empty()) return UsbKeys();
  std::vector<OpenKey> keys;
  for (const std::string& path : sockets_)
    if (access(path.c_str(), F_OK) == 0) keys.push_back({path, "", nullptr});
  return keys;
}

UniqueDevice KeyBus::TryOpen(const std::string& path) const {
  UniqueDevice device(fido_dev_new());
  if (!device) throw FidoError(FIDO_ERR_INTERNAL, "be opened");
  if (!sockets_.empty()) RequireFido(fido_dev_set_io_functions(device.get(), &kUnixTransport), "be opened");
  RequireFido(fido_dev_set_timeout(device.get(), kQuickCommand), "be opened");
  if (fido_dev_open(device.get(), path.c_str()) != FIDO_OK) return nullptr;
  return device;
}

}  // namespace vouch
