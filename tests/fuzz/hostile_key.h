// A security key that is the fuzzed bytes, at the other end of the Unix socket that vouchctl takes for one. It speaks CTAPHID (CTAP
// 2.1, 11.2) as far as no mutation would get it right, channel and nonce, and says after each request what comes next in the script:
//
//   a command (0x10 CBOR, 0x3b keep-alive, 0x3f error; 0xff: reports as they come), two bytes of length, as many bytes
//
// A keep-alive waits for no request. At the end of the script the key is pulled out.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace vouch::fuzz {

class HostileKey {
 public:
  HostileKey() {
    std::string folder = "/tmp/vouch-fuzz-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    path_ = folder_ + "/key";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 8) != 0) std::abort();
    thread_ = std::thread([this] { Run(); });
  }
  ~HostileKey() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  const std::string& path() const { return path_; }

  // What the key does from now on. `capabilities` is the byte in its answer to INIT.
  void Play(unsigned char capabilities, std::string_view script) {
    const std::lock_guard lock(mutex_);
    capabilities_ = capabilities;
    script_ = script;
    heard_.clear();
  }

  // Everything that it was told, without the framing.
  std::string heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  static constexpr std::size_t kReport = 64, kInitData = kReport - 7, kContData = kReport - 5;
  static constexpr std::size_t kMaxMessage = 7609;
  static constexpr int kPatience = 10;  // milliseconds for a request; then the client waits for more of us
  static constexpr unsigned char kInit = 0x06, kCancel = 0x11, kKeepAlive = 0x3b, kRaw = 0xff;
  static constexpr std::string_view kChannel{"\x0a\x0b\x0c\x0d", 4};

  enum class Heard { kMessage, kInit, kNothing, kGone };

  void Run() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      while (Serve(fd)) {
      }
      close(fd);
    }
  }

  // One request and what is said to it. False at the end.
  bool Serve(int fd) {
    std::string nonce;
    switch (Listen(fd, nonce)) {
      case Heard::kGone: return false;
      case Heard::kInit: return Say(fd, kInit, nonce + std::string(kChannel) + std::string("\2\1\0\0", 4) + Capabilities());
      case Heard::kMessage:
      case Heard::kNothing: return Reply(fd);
    }
    return false;
  }

  std::string Capabilities() {
    const std::lock_guard lock(mutex_);
    return std::string(1, static_cast<char>(capabilities_));
  }

  static bool ReadReport(int fd, std::array<unsigned char, kReport>& report, int patience, bool& silent) {
    std::size_t have = 0;
    while (have < kReport) {
      pollfd ready{fd, POLLIN, 0};
      if (poll(&ready, 1, have == 0 ? patience : -1) == 0) {
        silent = true;
        return false;
      }
      const ssize_t got = recv(fd, report.data() + have, kReport - have, 0);
      if (got <= 0) return false;
      have += static_cast<std::size_t>(got);
    }
    return true;
  }

  Heard Listen(int fd, std::string& nonce) {
    std::array<unsigned char, kReport> report;
    bool silent = false;
    if (!ReadReport(fd, report, kPatience, silent)) return silent ? Heard::kNothing : Heard::kGone;
    const unsigned char command = report[4] & 0x7f;
    const std::size_t length = static_cast<std::size_t>(report[5]) << 8 | report[6];
    std::string message(reinterpret_cast<char*>(report.data()) + 7, std::min(length, kInitData));
    while (message.size() < length) {
      if (!ReadReport(fd, report, -1, silent)) return Heard::kGone;
      message.append(reinterpret_cast<char*>(report.data()) + 5, std::min(length - message.size(), kContData));
    }
    nonce = message;
    if (command == kInit) return Heard::kInit;
    const std::lock_guard lock(mutex_);
    heard_ += message;
    return command == kCancel ? Heard::kNothing : Heard::kMessage;
  }

  // The next command of the script and its bytes.
  std::pair<unsigned char, std::string> Next() {
    const std::lock_guard lock(mutex_);
    if (script_.size() < 3) return {0, ""};
    const auto command = static_cast<unsigned char>(script_[0]);
    const std::size_t length = static_cast<std::size_t>(static_cast<unsigned char>(script_[1])) << 8 | static_cast<unsigned char>(script_[2]);
    const std::string message = script_.substr(3, std::min(length, kMaxMessage));
    script_.erase(0, 3 + message.size());
    return {command, message};
  }

  bool IsOver() {
    const std::lock_guard lock(mutex_);
    return script_.size() < 3;
  }

  bool Reply(int fd) {
    for (;;) {
      const auto [command, message] = Next();
      if (command == 0) return false;
      if (!(command == kRaw ? SayRaw(fd, message) : Say(fd, command, message))) return false;
      if (IsOver()) shutdown(fd, SHUT_WR);  // nobody waits for what does not come
      if (command != kKeepAlive) return true;
    }
  }

  static bool Send(int fd, std::string report) {
    report.resize(kReport, '\0');
    return send(fd, report.data(), kReport, MSG_NOSIGNAL) == static_cast<ssize_t>(kReport);
  }

  // INIT is answered on the channel that it came on.
  static bool Say(int fd, unsigned char command, std::string_view message) {
    const std::string channel(command == kInit ? std::string_view("\xff\xff\xff\xff") : kChannel);
    const std::string length = {static_cast<char>(message.size() >> 8), static_cast<char>(message.size())};
    if (!Send(fd, channel + static_cast<char>(command | 0x80) + length + std::string(message.substr(0, kInitData)))) return false;
    char sequence = 0;
    for (std::size_t at = kInitData; at < message.size(); at += kContData, ++sequence)
      if (!Send(fd, channel + sequence + std::string(message.substr(at, kContData)))) return false;
    return true;
  }

  static bool SayRaw(int fd, std::string_view message) {
    for (std::size_t at = 0; at < message.size(); at += kReport - 4)
      if (!Send(fd, std::string(kChannel) + std::string(message.substr(at, kReport - 4)))) return false;
    return true;
  }

  std::string folder_, path_;
  int listener_ = -1;
  std::mutex mutex_;
  unsigned char capabilities_ = 0;
  std::string script_, heard_;
  std::thread thread_;
};

}  // namespace vouch::fuzz
