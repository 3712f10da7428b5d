#include "terminal.h"

#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <iterator>
#include <string_view>

namespace vouch {
namespace {

constexpr int kSignals[] = {SIGWINCH, SIGTSTP, SIGCONT};

// The alternate screen, its cursor hidden, long lines not wrapped; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

volatile std::sig_atomic_t resized = 0;
volatile std::sig_atomic_t to_stop = 0;
volatile std::sig_atomic_t continued = 0;

void Note(int signal) {
  if (signal == SIGWINCH) resized = 1;
  if (signal == SIGTSTP) to_stop = 1;
  if (signal == SIGCONT) continued = 1;
}

void WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // the terminal is gone; the hang-up tells
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

int NumberIn(const char* text, int otherwise) {
  int number = 0;
  if (text == nullptr) return otherwise;
  const std::string_view digits = text;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = failure == std::errc() && end == digits.data() + digits.size();
  return is_number && number > 0 && number < 10000 ? number : otherwise;
}

bool SaysUtf8(std::string locale) {
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

}  // namespace

Look LookOf(int fd, const Variable& variable) {
  const auto get = [&](const char* name) {
    const char* value = variable(name);
    return value != nullptr && value[0] != '\0' ? value : nullptr;
  };
  Look look;
  look.terminal = isatty(fd) == 1;
  winsize size{};
  const bool told = look.terminal && ioctl(fd, TIOCGWINSZ, &size) == 0;
  look.columns = told && size.ws_col > 0 ? size.ws_col : NumberIn(get("COLUMNS"), look.columns);
  look.rows = told && size.ws_row > 0 ? size.ws_row : NumberIn(get("LINES"), look.rows);
  const char* term = get("TERM");
  look.moves = look.terminal && term != nullptr && std::strcmp(term, "dumb") != 0;
  look.color = look.moves && get("NO_COLOR") == nullptr;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const char* locale = get(name)) {
      look.utf8 = SaysUtf8(locale);
      break;
    }
  return look;
}

ScreenSignals::ScreenSignals() {
  resized = 0;
  to_stop = 0;
  continued = 0;
  sigset_t ours;
  sigemptyset(&ours);
  for (int signal : kSignals) sigaddset(&ours, signal);
  pthread_sigmask(SIG_BLOCK, &ours, &before_);
  struct sigaction action {};
  action.sa_handler = Note;
  for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &actions_[i]);
}

ScreenSignals::~ScreenSignals() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &actions_[i], nullptr);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

FullScreen::~FullScreen() {
  if (open_) Leave();
}

void FullScreen::Open() {
  termios now{};
  if (tcgetattr(STDIN_FILENO, &now) == 0) before_ = now;
  reads_keys_ = before_.has_value();
  pthread_sigmask(SIG_SETMASK, nullptr, &waiting_);
  for (int signal : kSignals) sigdelset(&waiting_, signal);
  open_ = true;
  Enter();
}

void FullScreen::Enter() {
  if (before_) {
    termios raw = *before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ECHONL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  }
  WriteAll(kEnter);
}

void FullScreen::Leave() {
  WriteAll(kLeave);
  if (before_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &*before_);
}

void FullScreen::Draw(const std::string& lines) {
  std::string frame = "\x1b[H";
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // Erased first: after a line of full width the cursor is still on its last character.
    frame += rest.empty() ? "\x1b[J" : "\x1b[K";
    frame += line;
    if (!rest.empty()) frame += "\r\n";
  }
  WriteAll(frame);
}

FullScreen::Event FullScreen::Wait(Deadline until) {
  for (;;) {
    if (to_stop != 0) Stop();
    if (continued != 0) {
      continued = 0;
      Enter();
      return Event::kResize;
    }
    if (resized != 0) {
      resized = 0;
      return Event::kResize;
    }
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(interrupt_.fd(), &readable);
    if (reads_keys_) FD_SET(STDIN_FILENO, &readable);
    const int left = MillisecondsUntil(until);
    const timespec limit{left / 1000, left % 1000 * 1000000L};
    const int most = std::max(interrupt_.fd(), STDIN_FILENO);
    const int ready = pselect(most + 1, &readable, nullptr, nullptr, &limit, &waiting_);
    if (ready < 0) continue;  // a signal
    if (ready == 0) return Event::kTime;
    if (FD_ISSET(interrupt_.fd(), &readable)) return Event::kInterrupt;
    if (ReadKey()) return Event::kKey;
  }
}

// Ctrl-Z: the shell gets its terminal back as it was. By the signal's own default, which the kernel leaves out where nobody could
// make us go on (POSIX, orphaned process group); SIGSTOP would be for good.
void FullScreen::Stop() {
  to_stop = 0;
  Leave();
  struct sigaction usual {}, ours {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &usual, &ours);
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stop, &before);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  sigaction(SIGTSTP, &ours, nullptr);
  continued = 1;
}

bool FullScreen::ReadKey() {
  const ssize_t got = read(STDIN_FILENO, &key_, 1);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (got <= 0) {  // the terminal is gone
    key_ = 0;
    reads_keys_ = false;
  }
  return true;
}

}  // namespace vouch
