#include "child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>


namespace vouch {
namespace {

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// By a pipe, since gRPC's threads may be the ones that a signal interrupts.
int told_fd = -1;

void Tell(int signal_number) {
  const int before = errno;
  const auto byte = static_cast<unsigned char>(signal_number);
  [[maybe_unused]] const ssize_t written = write(told_fd, &byte, 1);
  errno = before;
}

// A handler, unlike a signal that is ignored or blocked, is not passed on to the command.
void Handle(std::initializer_list<int> signals, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (int each : signals) {
    struct sigaction before {};
    sigaction(each, nullptr, &before);
    if (before.sa_handler != SIG_IGN || each == SIGCHLD) sigaction(each, &action, nullptr);  // nohup stays nohup
  }
}

UniqueFd TellByPipe() {
  int ends[2];
  if (pipe(ends) != 0) throw Error(REASON_INTERNAL, std::string("cannot make a pipe: ") + std::strerror(errno));
  for (int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  told_fd = ends[1];
  Handle({SIGCHLD, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}, Tell);
  Handle({SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU}, [](int) {});
  return UniqueFd(ends[0]);
}

// posix_spawn is safe beside gRPC's threads, which fork is not.
int Spawn(pid_t& pid, const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  return posix_spawnp(&pid, command.front().c_str(), nullptr, nullptr, Pointers(command).data(), Pointers(environment).data());
}

}  // namespace

CannotStart::CannotStart(const std::string& command, int error_number)
    : Error(REASON_CONFIGURATION, "cannot start " + (command.empty() ? "''" : Printable(command)) + ": " + std::strerror(error_number),
            "check its name and PATH"),
      exit_code_(error_number == ENOENT ? 127 : 126) {}

Child::Child(const std::vector<std::string>& command, const std::vector<std::string>& environment) : came_(TellByPipe()) {
  int failure = Spawn(pid_, command, environment);
  if (failure == ENOEXEC) {  // a script without #!, as execvp and every shell take it
    std::vector<std::string> script = {"/bin/sh"};
    script.insert(script.end(), command.begin(), command.end());
    failure = Spawn(pid_, script, environment);
  }
  if (failure != 0) throw CannotStart(command.front(), failure);
}

int Child::Wait() {
  for (int status = 0;;) {
    unsigned char came = 0;
    if (read(came_.get(), &came, 1) != 1) continue;
    if (came != SIGCHLD) kill(pid_, came);
    else if (HasEnded(status)) return status;
  }
}

// Ctrl-Z stops the command, if it lets itself be stopped, and the shell waits for us to stop as well; it resumes both.
bool Child::HasEnded(int& status) {
  for (;;) {
    const pid_t changed = waitpid(pid_, &status, WNOHANG | WUNTRACED);
    if (changed != pid_) return false;
    if (!WIFSTOPPED(status)) return true;
    if (WSTOPSIG(status) == SIGSTOP) continue;
    raise(SIGSTOP);
    kill(pid_, SIGCONT);
  }
}

int EndLike(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const int by = WTERMSIG(status);
  signal(by, SIG_DFL);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, by);
  pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
  raise(by);
  return 128 + by;
}

}  // namespace vouch
