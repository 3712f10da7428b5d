#include "status_watch.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <vector>

#include "columns.h"

namespace vouch {
namespace {

constexpr char kCtrlC = 3, kCtrlD = 4;

std::string Clock(std::time_t now) {
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 16> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &local));
}

std::string Wrapped(const std::string& text, const Look& look) {
  std::string lines;
  for (const std::string& line : Wrap(Shown(text, look.utf8), look.columns)) lines += line + "\n";
  return lines;
}

std::string Told(const Error& error) {
  return error.what() + (error.remedy().empty() ? "" : "; " + error.remedy());
}

bool Ends(char key) { return key == 'q' || key == 'Q' || key == kCtrlC || key == kCtrlD || key == 0; }

class StatusWatch {
 public:
  StatusWatch(const StatusOptions& options, const std::string& socket_path, const Variable& variable)
      : options_(options), socket_path_(socket_path), variable_(variable) {}

  int Run() {
    Ask();  // an agent that is not there is told outside of the screen
    screen_.Open();
    auto next = std::chrono::steady_clock::now();
    for (;;) {
      Show();
      next = std::max(next + std::chrono::seconds(options_.interval), std::chrono::steady_clock::now());
      for (;;) {
        const FullScreen::Event event = screen_.Wait(next);
        if (event == FullScreen::Event::kInterrupt) return 0;
        if (event == FullScreen::Event::kKey && Ends(screen_.key())) return 0;
        if (event == FullScreen::Event::kResize) Show();
        if (event == FullScreen::Event::kTime) break;
      }
      if (!Update()) return 0;
    }
  }

 private:
  void Ask() {
    if (!client_) client_ = std::make_unique<Client>(socket_path_, &screen_.interrupt());
    status_ = AskStatus(*client_, options_.server);
    asked_at_ = std::time(nullptr);
    failure_.reset();
  }

  // False when it was interrupted.
  bool Update() {
    try {
      Ask();
    } catch (const Error& error) {
      if (error.reason() == REASON_CANCELLED) return false;
      if (error.reason() == REASON_AGENT_UNREACHABLE) client_.reset();
      failure_ = error;
    }
    return true;
  }

  void Show() {
    const Look look = LookOf(STDOUT_FILENO, variable_);
    const std::string text =
        failure_ ? Wrapped(Told(*failure_), look) : FormatStatusScreen(status_, nullptr, asked_at_, look);
    const std::string footer = failure_ ? "Waiting for the agent. Press q to leave."
                                        : "As of " + Clock(asked_at_) + ". Press q to leave.";
    screen_.Draw(WatchFrame(text, footer, look));
  }

  const StatusOptions& options_;
  const std::string socket_path_;
  const Variable variable_;
  FullScreen screen_;  // before the client, whose threads must not get its signals
  std::unique_ptr<Client> client_;  // one connection as long as it holds
  GetStatusResponse status_;
  std::time_t asked_at_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

std::string WatchFrame(const std::string& text, const std::string& footer, const Look& look) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::size_t room = static_cast<std::size_t>(std::max(look.rows - 2, 1));
  if (lines.size() > room) {
    const std::size_t cut = lines.size() - room + 1;
    lines.resize(room - 1);
    const std::string more = (look.utf8 ? "… " : "... ") + std::to_string(cut) + " more lines";
    lines.push_back(Cut(more, std::max(look.columns, 3), look.utf8));
  }
  std::string frame;
  for (const std::string& line : lines) frame += line + "\n";
  if (look.rows > 2) frame += "\n";
  if (look.rows > 1) frame += Cut(footer, std::max(look.columns, 3), look.utf8) + "\n";
  return frame;
}

int RunStatusWatch(const StatusOptions& options, const std::string& socket_path, const Variable& variable) {
  if (!LookOf(STDOUT_FILENO, variable).moves)
    throw Error(REASON_CONFIGURATION, "--watch needs a terminal that can be drawn on",
                "without one, run: vouchctl status, or vouchctl status --json");
  return StatusWatch(options, socket_path, variable).Run();
}

}  // namespace vouch
