#include "report.h"

#include <algorithm>
#include <csignal>

#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include "utf8.h"

namespace vouch {
namespace {

constexpr std::size_t kMinMessageBytes = 60;  // what a message keeps however long the remedy is

std::string Shorten(std::string text, std::size_t room) {
  constexpr std::string_view kCut = "...";
  if (text.size() <= room) return text;
  text.resize(Utf8Boundary(text, room > kCut.size() ? room - kCut.size() : 0));
  return text.append(kCut);
}

}  // namespace

// Control characters are C0, DEL, and C1, which is C2 80 to C2 9F in UTF-8.
std::string OneLine(std::string_view text) {
  std::string line = ReplaceInvalidUtf8(text);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if (byte < 0x20 || byte == 0x7f) line[i] = ' ';
    if (byte == 0xc2 && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) < 0xa0) {
      line[i] = line[i + 1] = ' ';
    }
  }
  return line;
}

std::string ReportLine(std::string_view program, const Failure& failure) {
  std::string line = std::string(program) + ": ";
  const std::size_t room = kMaxReportBytes - 1 - std::min(line.size(), kMaxReportBytes / 2);
  const std::string message = OneLine(failure.message());
  const std::string remedy = failure.remedy().empty() ? "" : "; " + OneLine(failure.remedy());
  const std::size_t least = std::min(message.size(), kMinMessageBytes);
  const std::size_t remedy_room = std::min(remedy.size(), room - least);
  line += Shorten(message, room - remedy_room);
  line += Shorten(remedy, remedy_room);
  return line + "\n";
}

int Report(const Program& program, const Failure& failure) noexcept {
  try {
    const std::string line = ReportLine(program.name, failure);
    // A closed or full stderr cannot be reported anywhere; the exit code still tells.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {  // no memory for the line
  }
  return ExitCode(failure.reason());
}

int RunGuarded(const Program& program, int (*body)(const Program&, const void*), const void* context) noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  google::protobuf::SetLogHandler(nullptr);  // it has lines of its own for stderr, about bytes that are no UTF-8
  try {
    return body(program, context);
  } catch (const Failure& failure) {
    return Report(program, failure);
  } catch (const std::exception& exception) {
    return Report(program, Failure(REASON_INTERNAL, exception.what()));
  }
}

}  // namespace vouch
