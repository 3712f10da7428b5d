// What standard output is, and a terminal taken over for a while. Used by status.
#pragma once

#include <signal.h>
#include <termios.h>

#include <functional>
#include <optional>
#include <string>

#include "interrupt.h"

namespace vouch {

// How to write for the one who reads.
struct Look {
  bool terminal = false;  // false: a pipe or a file, for which the rest does not count
  int columns = 80;
  int rows = 24;
  bool color = false;
  bool utf8 = false;
  bool moves = false;  // the cursor can be moved: a terminal that is not "dumb"
};

// Null or empty: unset.
using Variable = std::function<const char*(const char* name)>;

// Of the process's standard output. The size is the terminal's own, else $COLUMNS and $LINES, else 80 by 24. Colors
// by $TERM and $NO_COLOR (no-color.org), UTF-8 by $LC_ALL, $LC_CTYPE and $LANG: whether that locale is installed does
// not matter.
Look LookOf(int fd, const Variable& variable);

// SIGWINCH, SIGTSTP and SIGCONT blocked on this thread and all that it starts, and only noted where a wait lets them
// in: no system call of anybody is disturbed, and none is missed between two waits.
class ScreenSignals {
 public:
  ScreenSignals();
  ~ScreenSignals();
  ScreenSignals(const ScreenSignals&) = delete;
  ScreenSignals& operator=(const ScreenSignals&) = delete;

 private:
  sigset_t before_{};
  struct sigaction actions_[3]{};
};

// The terminal of standard input and output while it shows one screen that changes: the alternate one, without
// cursor, keys as they are typed and not shown. It ends with the object, and while the process is stopped. One at a
// time; made and used on one thread, before any other thread is started.
class FullScreen {
 public:
  enum class Event { kTime, kKey, kResize, kInterrupt };

  FullScreen() = default;
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  // Ctrl-C and the signals that end a program.
  const Interrupt& interrupt() const { return interrupt_; }

  // From now on the terminal is ours.
  void Open();

  // Replaces what is shown, by one write: lines with a newline at the end of each, none wider than the terminal, not
  // more than it has rows.
  void Draw(const std::string& lines);

  // What comes first. After kKey: key() is what was typed, 0 for the end of the input.
  Event Wait(Deadline until);
  char key() const { return key_; }

 private:
  void Enter();
  void Leave();
  void Stop();
  bool ReadKey();

  ScreenSignals signals_;  // before the interrupt, which starts a thread
  Interrupt interrupt_;
  std::optional<termios> before_;  // absent: standard input is not a terminal
  sigset_t waiting_{};
  bool open_ = false;
  bool reads_keys_ = false;
  char key_ = 0;
};

}  // namespace vouch
