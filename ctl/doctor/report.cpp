#include "doctor/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

namespace vouch {
namespace {

struct VerdictLook {
  const char* name;   // in JSON
  const char* label;  // of one width
  const char* color;
};

const VerdictLook& LookOf(Verdict verdict) {
  static constexpr VerdictLook kLooks[] = {{"ok", "ok     ", "\033[32m"},
                                           {"info", "info   ", "\033[36m"},
                                           {"warning", "warning", "\033[33m"},
                                           {"failed", "FAILED ", "\033[1;31m"}};
  return kLooks[static_cast<std::size_t>(verdict)];
}

std::string AreaOf(const Finding& finding) { return finding.check.substr(0, finding.check.find('.')); }

std::string TitleOf(const std::string& area) {
  constexpr std::pair<const char*, const char*> kTitles[] = {
      {"agent", "Agent"},     {"session", "Session"}, {"key", "Security key"}, {"aws", "AWS"},
      {"kube", "Kubernetes"}, {"network", "Network"}, {"env", "Environment"}};
  const auto* const found =
      std::find_if(std::begin(kTitles), std::end(kTitles), [&](const auto& t) { return area == t.first; });
  return found == std::end(kTitles) ? area : found->second;
}

std::string Counted(int count, const char* one, const char* several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

// Every line of `text` made harmless and indented as what stands behind a verdict.
std::string Below(const std::string& mark, const std::string& text) {
  std::string lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines += "           " + (begin == 0 ? mark : std::string(mark.size(), ' ')) +
             Printable(text.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return lines;
}

nlohmann::ordered_json OrNull(const std::string& text) {
  if (text.empty()) return nullptr;
  return text;
}

}  // namespace

struct DoctorReport::Entry {
  Finding finding;
  std::string fixed, fix_failed;
};

DoctorReport::DoctorReport(const DoctorOptions& options, std::ostream& out) : options_(options), out_(out) {}

DoctorReport::~DoctorReport() = default;

void DoctorReport::Add(const Finding& finding) {
  entries_.push_back({finding, "", ""});
  Write(finding);
}

void DoctorReport::Mended(const std::string& done, const Finding& after) {
  Entry& entry = entries_.back();
  (after.verdict >= Verdict::kWarning ? entry.fix_failed : entry.fixed) = done;
  const std::optional<Fix> fix = std::move(entry.finding.fix);
  entry.finding = after;
  entry.finding.fix = fix;
  if (options_.json) return;
  out_ << Below("done: ", done) << std::flush;
  Write(after);
}

void DoctorReport::NotMended(const Error& error) {
  entries_.back().fix_failed = error.what();
  if (!options_.json) out_ << Below("not done: ", error.what()) << Below("-> ", error.remedy()) << std::flush;
}

void DoctorReport::Write(const Finding& finding) {
  if (options_.json || (options_.quiet && finding.verdict < Verdict::kWarning)) return;
  if (const std::string area = AreaOf(finding); area != area_) {
    const bool is_first = std::exchange(area_, area).empty();
    out_ << (is_first ? "" : "\n") << (options_.color ? "\033[1m" : "") << Printable(TitleOf(area))
         << (options_.color ? "\033[0m" : "") << "\n";
  }
  const VerdictLook& look = LookOf(finding.verdict);
  out_ << "  " << (options_.color ? look.color : "") << look.label << (options_.color ? "\033[0m" : "") << "  "
       << Printable(finding.what) << "\n"
       << Below("", finding.why) << Below("-> ", finding.remedy) << std::flush;
}

int DoctorReport::Count(Verdict verdict) const {
  return static_cast<int>(std::count_if(entries_.begin(), entries_.end(),
                                        [&](const Entry& entry) { return entry.finding.verdict == verdict; }));
}

int DoctorReport::CountMended() const {
  return static_cast<int>(
      std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.fixed.empty(); }));
}

void DoctorReport::Finish(int exit_code) {
  if (options_.json) return WriteJson(exit_code);
  WriteSummary();
}

void DoctorReport::WriteSummary() {
  const int failed = Count(Verdict::kFailed), warnings = Count(Verdict::kWarning), mended = CountMended();
  if (options_.quiet && failed + warnings + mended == 0) return;
  const auto is_mendable = [](const Entry& entry) {
    return entry.finding.fix && entry.fixed.empty() && entry.finding.verdict >= Verdict::kWarning;
  };
  out_ << "\n"
       << (failed == 0 ? "Nothing failed" : std::to_string(failed) + " failed") << ", "
       << Counted(warnings, "warning", "warnings") << ", " << Count(Verdict::kOk) << " in order"
       << (mended == 0 ? "" : ", " + std::to_string(mended) + " mended") << ".\n";
  if (!options_.fix && std::any_of(entries_.begin(), entries_.end(), is_mendable))
    out_ << "Some of it can be mended for you: vouchctl doctor --fix\n";
  out_ << std::flush;
}

void DoctorReport::WriteJson(int exit_code) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Entry& entry : entries_) {
    const Finding& found = entry.finding;
    findings.push_back({{"check", found.check},
                        {"area", AreaOf(found)},
                        {"subject", found.subject},
                        {"verdict", LookOf(found.verdict).name},
                        {"what", found.what},
                        {"why", found.why},
                        {"remedy", found.remedy},
                        {"fixable", found.fix.has_value()},
                        {"fix", found.fix ? OrNull(found.fix->what) : nullptr},
                        {"fixed", OrNull(entry.fixed)},
                        {"fix_failed", OrNull(entry.fix_failed)}});
  }
  const nlohmann::ordered_json report = {{"schema_version", 1},
                                         {"client_version", VOUCH_VERSION},
                                         {"findings", std::move(findings)},
                                         {"summary",
                                          {{"ok", Count(Verdict::kOk)},
                                           {"info", Count(Verdict::kInfo)},
                                           {"warnings", Count(Verdict::kWarning)},
                                           {"failed", Count(Verdict::kFailed)},
                                           {"fixed", CountMended()}}},
                                         {"exit_code", exit_code}};
  out_ << report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << std::endl;
}

}  // namespace vouch
