#include "unit/ctl/subprocess.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace vouch {
namespace {

constexpr std::chrono::seconds kPatience{20};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/vouch-test-XXXXXX";
  if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Subprocess::Subprocess(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
                       const std::string& input, Group group) {
  std::ofstream(folder_ / "in") << input;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, (folder_ / "in").c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, (folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (group == Group::kOwn) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // to the new process's own number

  std::vector<std::string> argument_list = arguments;
  std::vector<std::string> environment_list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (environment.count(text.substr(0, text.find('='))) == 0) environment_list.push_back(text);
  }
  for (const auto& [name, value] : environment) environment_list.push_back(name + "=" + value);
  const int failure = posix_spawn(&pid_, arguments.front().c_str(), &actions, &attributes, Pointers(argument_list).data(),
                                  Pointers(environment_list).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) throw std::runtime_error("cannot start " + arguments.front());
}

Subprocess::~Subprocess() {
  if (HasEnded()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, &status_, 0);
}

bool Subprocess::HasEnded() {
  if (!ended_) ended_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

bool Subprocess::WaitFor(const std::string& stream, const std::string& text) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const bool ended = HasEnded();  // before reading: what it wrote last is then there
    if (ReadFile(folder_ / stream).find(text) != std::string::npos) return true;
    if (ended) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

int Subprocess::WaitForStop() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!ended_ && std::chrono::steady_clock::now() < end) {
    if (waitpid(pid_, &status_, WNOHANG | WUNTRACED) == pid_) {
      if (WIFSTOPPED(status_)) return WSTOPSIG(status_);
      ended_ = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return 0;
}

Subprocess::Result Subprocess::Wait() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!HasEnded() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (!ended_) throw std::runtime_error("the program did not end");
  return {WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_), Out(), Err()};
}

Subprocess::Result Subprocess::Signal(int signal) {
  if (!HasEnded()) kill(pid_, signal);
  return Wait();
}

}  // namespace vouch
