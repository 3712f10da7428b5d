#include "child.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/event.h>
#else
#include <sys/syscall.h>
#endif

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

extern char** environ;

namespace vouch {
namespace {

constexpr const char* kAnswered = "answered";
constexpr const char* kRefused = "refused";

std::optional<rlim_t> core_limit;  // as we were started

Error Failed(const std::string& what) { return Error(REASON_INTERNAL, what + ": " + std::strerror(errno)); }

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

void RestoreCoreLimit() {
  rlimit limit{};
  if (!core_limit || getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = *core_limit;
  setrlimit(RLIMIT_CORE, &limit);
}

// Readable when `pid` has ended. Empty when it has already.
#ifdef __APPLE__
UniqueFd Watch(pid_t pid) {
  UniqueFd queue(kqueue());
  if (!queue) throw Failed("cannot watch the command");
  struct kevent wish {};
  EV_SET(&wish, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (kevent(queue.get(), &wish, 1, nullptr, 0, nullptr) != 0) return {};
  return queue;
}
#else
UniqueFd Watch(pid_t pid) {
  UniqueFd watch(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));  // closed by exec
  if (!watch && errno != ESRCH) throw Failed("cannot watch the command");
  return watch;
}
#endif

// A pipe or a lock that the command lets go of must not be held by us.
void CloseAllBut(int kept) {
#ifdef __APPLE__
  DIR* const list = opendir("/dev/fd");
#else
  DIR* const list = opendir("/proc/self/fd");
#endif
  if (list == nullptr) return;
  std::vector<int> found;
  while (const dirent* entry = readdir(list)) found.push_back(std::atoi(entry->d_name));
  const int own = dirfd(list);
  for (int fd : found)
    if (fd > STDERR_FILENO && fd != kept && fd != own) close(fd);
  closedir(list);
}

std::string ReadAll(int fd) {
  std::string all;
  char part[4096];
  for (;;) {
    const ssize_t size = read(fd, part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return all;
    all.append(part, static_cast<std::size_t>(size));
  }
}

std::vector<std::string> Words(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0, end; (end = text.find('\0', at)) != std::string::npos; at = end + 1)
    words.push_back(text.substr(at, end - at));
  return words;
}

}  // namespace

CannotStart::CannotStart(const std::string& command, int error_number)
    : Error(REASON_CONFIGURATION, "cannot start " + (command.empty() ? "''" : Printable(command)) + ": " + std::strerror(error_number),
            "check its name and PATH"),
      exit_code_(error_number == ENOENT ? 127 : 126) {}

void ForbidCoreDumps() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  core_limit = limit.rlim_cur;
  limit.rlim_cur = 0;  // the hard limit could not be raised again for the command
  setrlimit(RLIMIT_CORE, &limit);
}

void Become(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  std::vector<char*> variables = Pointers(environment);
  char** const before = environ;
  environ = variables.data();
  RestoreCoreLimit();
  execvp(command.front().c_str(), Pointers(command).data());
  const int failure = errno;
  environ = before;
  ForbidCoreDumps();
  throw CannotStart(command.front(), failure);
}

Beside::Beside(UniqueFd answer, UniqueFd command) : answer_(std::move(answer)), command_(std::move(command)) {}

void Beside::Detach() {
  for (int each : {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU}) signal(each, SIG_IGN);
  setsid();
}

void Beside::Answer(const std::vector<std::string>& words) {
  const UniqueFd nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing.get(), fd);
  Send(kAnswered, words);
}

// When there is nobody to read it any more, WaitForCommand returns at once.
void Beside::Send(const std::string& kind, const std::vector<std::string>& words) {
  std::string text = kind + '\0';
  for (const std::string& word : words) text += word + '\0';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t size = write(answer_.get(), text.data() + sent, text.size() - sent);
    if (size < 0 && errno != EINTR) break;
    if (size > 0) sent += static_cast<std::size_t>(size);
  }
  answer_ = UniqueFd();
}

void Beside::WaitForCommand() {
  if (!command_) return;
  pollfd watched{command_.get(), POLLIN, 0};
  while (poll(&watched, 1, -1) < 0 && errno == EINTR) continue;
}

std::vector<std::string> StartBeside(const std::function<void(Beside&)>& run) {
  int ends[2];
  if (pipe(ends) != 0) throw Failed("cannot make a pipe");
  UniqueFd answer(ends[0]), asked(ends[1]);
  for (int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  const pid_t command = getpid();
  const pid_t between = fork();
  if (between < 0) throw Failed("cannot start a process");
  if (between == 0) {
    if (const pid_t beside = fork(); beside != 0) _exit(beside < 0 ? 1 : 0);
    CloseAllBut(asked.get());
    answer.release();
    try {
      Beside self(std::move(asked), Watch(command));
      try {
        run(self);
      } catch (const Error& error) {
        self.Send(kRefused, {std::to_string(error.reason()), error.what(), error.remedy()});
      }
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(0);
  }
  asked = UniqueFd();
  waitpid(between, nullptr, 0);
  std::vector<std::string> words = Words(ReadAll(answer.get()));
  if (words.size() == 4 && words[0] == kRefused)
    throw Error(static_cast<Reason>(std::atoi(words[1].c_str())), words[2], words[3]);
  if (words.empty() || words[0] != kAnswered) throw Error(REASON_INTERNAL, "the process beside the command ended without an answer");
  words.erase(words.begin());
  return words;
}

}  // namespace vouch
