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
                       const std::string& input) {
  std::ofstream(folder_ / "in") << input;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, (folder_ / "in").c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, (folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, (folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

  std::vector<std::string> argument_list = arguments;
  std::vector<std::string> environment_list;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (environment.count(text.substr(0, text.find('='))) == 0) environment_list.push_back(text);
  }
  for (const auto& [name, value] : environment) environment_list.push_back(name + "=" + value);
  const int failure = posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr, Pointers(argument_list).data(),
                                  Pointers(environment_list).data());
  posix_spawn_file_actions_destroy(&actions);
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
