// The screen of status.h: lines that fit the terminal, and a table of the credentials where that fits.
#include <algorithm>
#include <array>
#include <utility>

#include "columns.h"
#include "status.h"
#include "time_text.h"

namespace vouch {
namespace {

using Credential = GetStatusResponse::Credential;

constexpr int kNarrowest = 20;
constexpr int kWidestBar = 40;
constexpr int kShortestBar = 8;
constexpr int kLabel = 12;
constexpr std::size_t kCells = 6;
constexpr const char *kFailed = "failed", *kNoMore = "no more";
constexpr std::int64_t kSoon = 1800, kVerySoon = 300;  // seconds: when the notices come

std::string Spaces(int count) { return std::string(static_cast<std::size_t>(std::max(count, 0)), ' '); }

std::string ShortRole(const std::string& arn) { return arn.substr(arn.find_last_of("/:") + 1); }

// "VouchManagement of 111122223333".
std::string RoleAndAccount(const std::string& arn) {
  std::size_t account = 0;
  for (int colons = 0; colons < 4; ++colons) {
    account = arn.find(':', account);
    if (account == std::string::npos) return arn;
    ++account;
  }
  return ShortRole(arn) + " of " + arn.substr(account, arn.find(':', account) - account);
}

class Screen {
 public:
  Screen(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now, const Look& look)
      : status_(status), check_(check), now_(now), server_now_(ServerNow(status, now)), look_(look),
        columns_(std::max(look.columns, kNarrowest)), indent_(columns_ >= 40 ? kLabel : 2) {}

  std::string Format() {
    WriteHeadline();
    WriteTimeLeft();
    for (const StatusFact& fact : FactsOf(status_, check_, now_)) WriteFact(fact);
    WriteCredentials();
    return std::move(text_);
  }

 private:
  struct Row {
    std::array<std::string, kCells> cells;
    Tone tone = Tone::kPlain;  // of the last cell
    std::vector<StatusFact> notes;
  };

  std::string Paint(Tone tone, const std::string& text) const {
    constexpr std::array<const char*, 5> kCodes = {"", "2", "32", "33", "31"};
    const char* code = kCodes[static_cast<std::size_t>(tone)];
    return look_.color && *code != '\0' && !text.empty() ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
  }

  std::string Seen(std::string_view text) const { return Shown(text, look_.utf8); }

  // Wrapped, each line `indent` columns from the left.
  void Paragraph(int indent, const std::string& text, Tone tone) {
    for (const std::string& line : Wrap(Seen(text), columns_ - indent))
      text_ += Spaces(indent) + Paint(tone, line) + "\n";
  }

  void WriteHeadline() {
    const StatusHeadline headline = HeadlineOf(status_, now_);
    std::vector<std::string> lines = Wrap(Seen(headline.lead + headline.rest), columns_);
    if (lines[0].compare(0, headline.lead.size(), headline.lead) == 0)
      lines[0] = Paint(headline.tone, headline.lead) + lines[0].substr(headline.lead.size());
    for (const std::string& line : lines) text_ += line + "\n";
  }

  void WriteLabel(const std::string& label) {
    text_ += Paint(Tone::kQuiet, label);
    if (indent_ < kLabel) text_ += "\n" + Spaces(indent_);
    else text_ += Spaces(kLabel - static_cast<int>(label.size()));
  }

  void WriteFact(const StatusFact& fact) {
    const std::vector<std::string> lines = Wrap(Seen(fact.text), columns_ - indent_);
    WriteLabel(fact.label);
    for (std::size_t i = 0; i < lines.size(); ++i)
      text_ += (i == 0 ? "" : Spaces(indent_)) + Paint(fact.tone, lines[i]) + "\n";
  }

  void WriteTimeLeft() {
    if (!status_.has_session()) return;
    const auto& session = status_.session();
    const std::int64_t length = session.expires_at() - session.authenticated_at();
    const std::int64_t left = std::clamp<std::int64_t>(session.seconds_left(), 0, std::max<std::int64_t>(length, 0));
    const bool known = session.authenticated_at() > 0 && length > 0;
    const std::string text = FormatDuration(session.seconds_left()) + (known ? " of " + FormatDuration(length) : "");
    const Tone tone = session.seconds_left() <= kVerySoon ? Tone::kBad
                      : session.seconds_left() <= kSoon   ? Tone::kWarning
                                                          : Tone::kGood;
    const int beside = columns_ - indent_ - 2 - static_cast<int>(text.size());
    if (known && beside >= kShortestBar) {
      WriteLabel("Time left");
      text_ += Bar(left, length, std::min(beside, kWidestBar), tone) + "  " + text + "\n";
      return;
    }
    WriteFact({"Time left", text});
    if (known) text_ += Spaces(indent_) + Bar(left, length, std::min(columns_ - indent_, kWidestBar), tone) + "\n";
  }

  // At least one cell is full while anything is left.
  std::string Bar(std::int64_t left, std::int64_t length, int columns, Tone tone) const {
    const int cells = look_.utf8 ? columns : columns - 2;
    const int rounded = static_cast<int>((left * cells + length / 2) / length);
    const int full = std::clamp(left > 0 ? std::max(rounded, 1) : 0, 0, cells);
    std::string bar, rest;
    for (int i = 0; i < full; ++i) bar += look_.utf8 ? "█" : "#";
    for (int i = full; i < cells; ++i) rest += look_.utf8 ? "░" : "-";
    bar = Paint(tone, bar) + Paint(Tone::kQuiet, rest);
    return look_.utf8 ? bar : "[" + bar + "]";
  }

  Row RowOf(const Credential& credential) const {
    const bool aws = credential.kind() == "aws";
    Row row;
    row.cells = {Seen(aws ? ShortRole(credential.role_arn()) : credential.audience()),
                 Seen(aws ? credential.account_id() : "Kubernetes"), Seen(credential.region()),
                 FormatUntil(credential.expires_at(), now_), FormatDuration(credential.expires_at() - server_now_),
                 Renewal(credential)};
    if (credential.degraded()) row.tone = Tone::kWarning;
    row.notes = NotesOf(credential);
    if (!credential.via().empty()) row.notes.push_back({"", "through " + RoleAndAccount(credential.via())});
    if (!credential.agent_source().empty()) row.notes.push_back({"", "read-only for " + credential.agent_source()});
    return row;
  }

  std::string Renewal(const Credential& credential) const {
    if (credential.degraded()) return kFailed;
    if (credential.next_renewal_at() == 0) return kNoMore;
    return "in " + FormatDuration(credential.next_renewal_at() - server_now_);
  }

  void WriteCredentials() {
    if (status_.credentials().empty()) {
      if (status_.has_session()) WriteFact({"Credentials", "none yet: aws and kubectl fetch one when they need it"});
      return;
    }
    std::vector<Row> rows;
    for (const Credential& credential : status_.credentials()) rows.push_back(RowOf(credential));
    text_ += "\n";
    const std::array<std::string, kCells> heading = {"CREDENTIAL", "ACCOUNT", "REGION", "EXPIRES", "LEFT", "RENEWAL"};
    std::array<int, kCells> widths{};
    int total = -2;
    for (std::size_t i = 0; i < kCells; ++i) {
      widths[i] = static_cast<int>(heading[i].size());
      for (const Row& row : rows) widths[i] = std::max(widths[i], Columns(row.cells[i]));
      total += widths[i] + 2;
    }
    // A name alone may be shortened a little for the sake of the table.
    constexpr int kNameAtLeast = 20;
    const int surplus = total - columns_;
    const bool fits = surplus <= 0 || widths[0] - surplus >= kNameAtLeast;
    if (fits && surplus > 0) widths[0] -= surplus;
    if (fits) WriteTableRow({heading, Tone::kQuiet, {}}, widths, Tone::kQuiet);
    for (const Row& row : rows) {
      if (fits) WriteTableRow(row, widths, Tone::kPlain);
      else WriteStacked(row);
      for (const StatusFact& note : row.notes) Paragraph(fits ? 2 : 4, note.text, note.tone);
    }
  }

  void WriteTableRow(const Row& row, const std::array<int, kCells>& widths, Tone tone) {
    for (std::size_t i = 0; i + 1 < kCells; ++i) {
      const std::string cell = Cut(row.cells[i], widths[i], look_.utf8);
      text_ += Paint(tone, cell) + Spaces(widths[i] + 2 - Columns(cell));
    }
    text_ += Paint(row.tone, row.cells[kCells - 1]) + "\n";
  }

  // Name and what is left on the first line, the rest below.
  void WriteStacked(const Row& row) {
    constexpr int kNameAtLeast = 8;
    const std::string left = row.cells[4] + " left";
    const int room = columns_ - Columns(left) - 2;
    const std::string name = Cut(row.cells[0], room >= kNameAtLeast ? room : columns_, look_.utf8);
    text_ += name;
    if (room >= kNameAtLeast) text_ += Spaces(columns_ - Columns(name) - Columns(left)) + left;
    text_ += "\n";
    std::vector<std::string> below;
    if (room < kNameAtLeast) below.push_back(left);
    below.push_back(row.cells[1]);
    if (!row.cells[2].empty()) below.push_back(row.cells[2]);
    below.push_back("until " + row.cells[3]);
    if (row.cells[5] == kNoMore) below.push_back("not renewed any more");
    else if (row.cells[5] != kFailed) below.push_back("renewed " + row.cells[5]);  // of the failure there is a note
    WriteList(2, below);
  }

  // Separated by commas, a line broken behind one where that helps.
  void WriteList(int indent, const std::vector<std::string>& parts) {
    std::string line;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string part = parts[i] + (i + 1 < parts.size() ? "," : "");
      if (!line.empty() && Columns(line) + 1 + Columns(part) > columns_ - indent)
        Paragraph(indent, std::exchange(line, ""), Tone::kPlain);
      line += (line.empty() ? "" : " ") + part;
    }
    Paragraph(indent, line, Tone::kPlain);
  }

  const GetStatusResponse& status_;
  const SessionCheck* const check_;
  const std::int64_t now_, server_now_;
  const Look look_;
  const int columns_, indent_;
  std::string text_;
};

}  // namespace

std::string FormatStatusScreen(const GetStatusResponse& status, const SessionCheck* check, std::int64_t now,
                               const Look& look) {
  return Screen(status, check, now, look).Format();
}

}  // namespace vouch
