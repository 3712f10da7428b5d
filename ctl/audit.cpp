#include "audit.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <ostream>
#include <vector>

#include "audit_files.h"
#include "columns.h"
#include "escape.h"
#include "require.h"

namespace vouch {
namespace {

constexpr int kNarrowest = 20;
constexpr int kTableFits = 100;  // columns, from which on an entry is one line
constexpr int kTime = 14, kEvent = 15, kResult = 15;
constexpr const char* kOk = "ok";

std::string LocalTime(std::int64_t unix_seconds, const char* format) {
  const auto seconds = static_cast<std::time_t>(unix_seconds);
  std::tm time{};
  localtime_r(&seconds, &time);
  std::array<char, 64> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &time));
}

bool IsWanted(const AuditLine& line, const AuditOptions& options, std::int64_t since) {
  if (line.at < since) return false;
  if (line.event == "lost") return true;  // nobody knows what it was
  return line.subject.find(options.role) != std::string::npos && line.executable.find(options.executable) != std::string::npos &&
         (!options.refused || line.result != kOk);
}

std::string Program(const AuditLine& line) {
  std::string text = Escaped(line.executable) + (line.pid == 0 ? "" : " (pid " + std::to_string(line.pid) + ")");
  if (!line.caller_class.empty() && line.caller_class != "person") text += " for " + Escaped(line.caller_class);
  return text;
}

// "Developer of 111122223333", with the cluster that a token is for.
std::string Subject(const AuditLine& line) {
  const std::string role = Escaped(line.subject);
  std::string text = role;
  if (line.is_role) {
    std::size_t account = 0;
    for (int colons = 0; colons < 4 && account != std::string::npos; ++colons) account = role.find(':', account + (colons > 0));
    const std::size_t end = account == std::string::npos ? account : role.find(':', account + 1);
    if (end != std::string::npos) text = role.substr(role.find_last_of("/:") + 1) + " of " + role.substr(account + 1, end - account - 1);
  }
  if (!line.cluster.empty()) text += (text.empty() ? "" : ", ") + ("cluster " + Escaped(line.cluster));
  if (!line.way.empty()) text += " (at the " + Escaped(line.way) + ")";
  return text;
}

std::string Paint(const std::string& text, bool good, const Look& look) {
  return look.color ? std::string(good ? "\x1b[32m" : "\x1b[31m") + text + "\x1b[0m" : text;
}

std::string Padded(const std::string& text, int columns) {
  const std::string cut = Cut(text, columns, /*utf8=*/false);
  return cut + std::string(static_cast<std::size_t>(std::max(0, columns - static_cast<int>(cut.size()))), ' ');
}

std::string PlainEntry(const AuditLine& line) {
  std::string text = LocalTime(line.at, "%Y-%m-%d %H:%M:%S") + "  " + Escaped(line.event) + "  ";
  if (line.event == "lost") return text + std::to_string(line.lost) + " lines before this one could not be written\n";
  text += Escaped(line.result);
  if (!line.subject.empty()) text += "  " + Escaped(line.subject);
  if (!line.cluster.empty()) text += "  cluster " + Escaped(line.cluster);
  if (!line.server.empty()) text += "  at " + Escaped(line.server);
  text += "  " + Program(line);
  if (!line.way.empty()) text += "  by the " + Escaped(line.way);
  return text + "\n";
}

// Below the first line, as far right as its second column where there is room.
std::string Below(const std::string& text, int columns) {
  const int indent = columns >= 2 * kTime + kEvent ? kTime + 2 : 2;
  std::string lines;
  for (const std::string& one : Wrap(text, columns - indent)) lines += std::string(static_cast<std::size_t>(indent), ' ') + one + "\n";
  return lines;
}

class Reader {
 public:
  Reader(const AuditOptions& options, const AuditWorld& world)
      : options_(options), files_(world.path), since_(options.since.empty() ? INT64_MIN : world.now - ParseDuration(options.since)) {}

  // What has come since the last call and is wanted.
  std::vector<AuditLine> Read() {
    std::vector<AuditLine> wanted;
    for (const std::string& text : files_.ReadNew()) {
      const std::optional<AuditLine> line = ParseAuditLine(text);
      if (!line) ++damaged_;
      else if (IsWanted(*line, options_, since_)) wanted.push_back(*line);
      any_ = any_ || line;
    }
    return wanted;
  }

  // A beginning of a line that nobody has ended.
  void CountTheRest() { damaged_ += files_.rest().empty() ? 0 : 1; }

  int damaged() const { return damaged_; }
  bool any() const { return any_; }

 private:
  const AuditOptions& options_;
  AuditFiles files_;
  const std::int64_t since_;
  int damaged_ = 0;
  bool any_ = false;
};

void Write(const AuditLine& line, const AuditOptions& options, const AuditWorld& world, std::ostream& out) {
  out << (options.json ? line.json + "\n" : FormatAuditEntry(line, world.look));
}

void TellOfDamaged(int damaged, std::ostream& err) {
  if (damaged > 0) err << "vouchctl: " << damaged << (damaged == 1 ? " damaged line was" : " damaged lines were") << " passed over" << std::endl;
}

}  // namespace

std::string FormatAuditEntry(const AuditLine& line, const Look& look) {
  if (!look.terminal) return PlainEntry(line);
  const int columns = std::max(look.columns, kNarrowest);
  const bool good = line.result == kOk;
  const std::string time = LocalTime(line.at, "%m-%d %H:%M:%S"), event = Escaped(line.event), result = Escaped(line.result);
  if (line.event == "lost") return time + "\n" + Below(std::to_string(line.lost) + " lines before this one could not be written", columns);
  if (columns >= kTableFits) {
    const int left = columns - kTime - kEvent - kResult - 8;
    const int subject = left * 2 / 5;
    return time + "  " + Padded(event, kEvent) + "  " + Paint(Padded(result, kResult), good, look) + "  " + Padded(Subject(line), subject) +
           "  " + Cut(Program(line), left - subject, /*utf8=*/false) + "\n";
  }
  std::string first = time + "  " + event + "  ";
  const bool fits = static_cast<int>(first.size() + result.size()) <= columns;
  std::string text = fits ? first + Paint(result, good, look) + "\n" : Cut(first, columns, false) + "\n" + Below(result, columns);
  if (const std::string subject = Subject(line); !subject.empty()) text += Below(subject, columns);
  return text + Below(Program(line), columns);
}

void RunAudit(const AuditOptions& options, const AuditWorld& world, std::ostream& out, std::ostream& err) {
  Reader reader(options, world);
  const std::vector<AuditLine> lines = reader.Read();
  const std::size_t most = static_cast<std::size_t>(options.lines);
  for (std::size_t i = lines.size() > most ? lines.size() - most : 0; i < lines.size(); ++i) Write(lines[i], options, world, out);
  if (!options.follow) reader.CountTheRest();
  if (lines.empty() && !options.json && !options.follow)
    out << (reader.any() ? "Nothing in the log is what you ask for." : "Nothing was handed out yet.") << "\n";
  out << std::flush;
  TellOfDamaged(reader.damaged(), err);
  for (int told = reader.damaged(); options.follow && out.good() && world.wait(); told = reader.damaged()) {
    for (const AuditLine& line : reader.Read()) Write(line, options, world, out);
    out << std::flush;
    TellOfDamaged(reader.damaged() - told, err);
  }
}

}  // namespace vouch
