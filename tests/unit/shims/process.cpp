#include "process.h"

#include <array>
#include <cerrno>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vouch {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read_end = ends[0];
    write_end = ends[1];
  }
  int read_end;
  int write_end;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the shell has to say before the program takes its place.
std::vector<std::string> WithShell(const Command& command) {
  if (command.shell_redirection.empty()) return command.words;
  std::vector<std::string> words = {"/bin/sh", "-c", "exec \"$@\" " + command.shell_redirection, "sh"};
  words.insert(words.end(), command.words.begin(), command.words.end());
  return words;
}

bool ReadInto(int fd, std::string& text) {
  std::array<char, 4096> buffer;
  const ssize_t size = read(fd, buffer.data(), buffer.size());
  if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0;
}

void ReadBoth(int out, int err, Finished& finished) {
  std::array<pollfd, 2> ends = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    poll(ends.data(), ends.size(), -1);
    if (ends[0].fd >= 0 && ends[0].revents != 0 && !ReadInto(out, finished.out)) ends[0].fd = -1;
    if (ends[1].fd >= 0 && ends[1].revents != 0 && !ReadInto(err, finished.err)) ends[1].fd = -1;
  }
}

}  // namespace

Finished RunToEnd(const Command& command) {
  const Pipe out;
  const Pipe err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end, STDERR_FILENO);
  std::vector<std::string> words = WithShell(command);
  std::vector<std::string> environment = command.environment;
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, words[0].c_str(), &actions, nullptr, Pointers(words).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out.write_end);
  close(err.write_end);

  Finished finished;
  if (error == 0) ReadBoth(out.read_end, err.read_end, finished);
  close(out.read_end);
  close(err.read_end);
  if (error != 0) throw std::runtime_error("cannot run " + words[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

}  // namespace vouch
