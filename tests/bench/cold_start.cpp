// Microseconds from the first connection to the first answer of a server that is not running yet. It is started as
// systemd does it: the socket is there first, the program gets it as descriptor 3 when somebody connects
// (sd_listen_fds(3)). The programs are started in turn, and killed once they have answered.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "grpc_unary.h"
#include "samples.h"

namespace {

constexpr int kPassedSocket = 3;
constexpr std::size_t kWarmUp = 3;  // of each program, not counted: they fill the page cache
constexpr std::chrono::seconds kLongestStart{5};

// A socket that waits for its server, in a folder that only its owner can enter.
class WaitingSocket {
 public:
  explicit WaitingSocket(std::string path)
      : path_(std::move(path)), fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    if (path_.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path_);
    path_.copy(address.sun_path, path_.size());
    umask(0177);
    if (fd_ < 0 || bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(fd_, SOMAXCONN) != 0)
      throw std::runtime_error("no socket " + path_);
  }
  WaitingSocket(const WaitingSocket&) = delete;
  WaitingSocket& operator=(const WaitingSocket&) = delete;
  ~WaitingSocket() {
    close(fd_);
    unlink(path_.c_str());
  }

  const std::string& path() const { return path_; }
  int fd() const { return fd_; }

 private:
  std::string path_;
  int fd_;
};

[[noreturn]] void BecomeServer(const std::string& program, int socket) {
  const int null = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  if (socket == kPassedSocket)
    fcntl(socket, F_SETFD, 0);  // dup2 would leave it close-on-exec
  else
    dup2(socket, kPassedSocket);
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
  execl(program.c_str(), program.c_str(), nullptr);
  _exit(127);
}

// Throws Failure when it does not answer.
void AskStatus(const std::string& socket) {
  const vouch::Deadline deadline = std::chrono::steady_clock::now() + kLongestStart;
  vouch::UnixStream stream(socket, deadline);
  vouch::SecretText answer;
  vouch::CallUnary(stream, "/vouch.agent.v1.Agent/GetStatus", "", deadline, answer);
}

// Killed when it is dropped, whether it has answered or not.
struct Started {
  pid_t pid = -1;
  ~Started() {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
};

double StartToAnswer(const std::string& program, const WaitingSocket& socket) {
  Started server;
  return vouch::MicrosecondsOf([&] {
    server.pid = fork();
    if (server.pid == 0) BecomeServer(program, socket.fd());
    if (server.pid < 0) throw std::runtime_error("cannot fork");
    AskStatus(socket.path());
  });
}

void Measure(const std::vector<std::string>& words, const std::string& folder, std::size_t rounds) {
  vouch::Series series;
  std::vector<std::string> programs;
  for (const std::string& word : words) {
    series.emplace_back(word.substr(0, word.find('=')), std::vector<double>());
    programs.push_back(word.substr(word.find('=') + 1));
  }
  for (std::size_t round = 0; round < kWarmUp + rounds; ++round) {
    for (std::size_t which = 0; which < programs.size(); ++which) {
      const WaitingSocket socket(folder + "/cold-start.sock");
      const double took = StartToAnswer(programs[which], socket);
      if (round >= kWarmUp) series[which].second.push_back(took);
    }
  }
  vouch::Print(series);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Microseconds from the first connection to the first answer.", "bench-cold-start");
  std::vector<std::string> programs;
  std::string folder;
  std::size_t rounds = 200;
  app.add_option("--folder", folder, "of the socket; only its owner may enter it")->required();
  app.add_option("--rounds", rounds, "starts of each program")->capture_default_str();
  app.add_option("programs", programs, "NAME=PATH of each program")->required();
  CLI11_PARSE(app, argc, argv);
  Measure(programs, folder, rounds);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-cold-start: %s\n", error.what());
  return 1;
}
