// A TCP server on loopback that answers every connection with fixed bytes, for what a well-behaved HTTP library would never
// send. Its thread ends with it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace vouch {

class ScriptedServer {
 public:
  // After the bytes: kForever sends more without end, kDrip one byte every 20 ms.
  enum class Then { kClose, kHang, kForever, kDrip };

  explicit ScriptedServer(std::string bytes, Then then = Then::kClose) : bytes_(std::move(bytes)), then_(then) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no loopback socket");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    stop_ = true;
    shutdown(listener_, SHUT_RDWR);
    {
      std::lock_guard lock(mutex_);
      if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
    close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // The first line of every request so far.
  std::vector<std::string> requests() {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve() {
    while (!stop_) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      SetConnection(fd);
      char request[4096];
      // The destructor may have looked for a connection before there was this one.
      if (const ssize_t size = stop_ ? 0 : recv(fd, request, sizeof request, 0); size > 0) {
        Note(std::string(request, static_cast<std::size_t>(size)));
        Answer(fd);
      }
      SetConnection(-1);
      close(fd);
    }
  }

  void SetConnection(int fd) {
    std::lock_guard lock(mutex_);
    connection_ = fd;
  }

  void Note(const std::string& request) {
    std::lock_guard lock(mutex_);
    requests_.push_back(request.substr(0, request.find('\r')));
  }

  void Answer(int fd) {
    send(fd, bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
    const std::string chunk(4096, 'x');
    while (then_ == Then::kForever && !stop_)
      if (send(fd, chunk.data(), chunk.size(), MSG_NOSIGNAL) < 0) return;
    while (then_ == Then::kDrip && !stop_) {
      if (send(fd, "x", 1, MSG_NOSIGNAL) < 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    char byte = 0;
    if (then_ == Then::kHang) recv(fd, &byte, 1, 0);  // until the client or the destructor ends it
  }

  const std::string bytes_;
  const Then then_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  int connection_ = -1;  // under the mutex, so that the destructor shuts down no descriptor that has become another's
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace vouch
