#include "doctor/cluster_probe.h"

#include <array>
#include <sstream>
#include <string_view>
#include <utility>

namespace vouch {
namespace {

using Kind = ProbeAnswer::Kind;

constexpr std::chrono::seconds kLimit{6};

// kubectl has one exit code for them all. The first that fits.
constexpr std::array<std::pair<std::string_view, Kind>, 14> kWords = {{
    {"getting credentials:", Kind::kPlugin},
    {"exec plugin", Kind::kPlugin},
    {"certificate signed by unknown authority", Kind::kUntrusted},
    {"certificate is valid for", Kind::kUntrusted},
    {"failed to verify certificate", Kind::kUntrusted},
    {"(Unauthorized)", Kind::kUnauthorized},
    {"Unauthorized", Kind::kUnauthorized},
    {"provide credentials", Kind::kUnauthorized},
    {"must be logged in", Kind::kUnauthorized},
    {"no such host", Kind::kUnreachable},
    {"Unable to connect", Kind::kUnreachable},
    {"was refused", Kind::kUnreachable},
    {"timeout", Kind::kUnreachable},
    {"deadline exceeded", Kind::kUnreachable},
}};

// klog's lines, "E1124 17:59:59.297761 ...", repeat what the last line says.
bool IsOfTheLog(const std::string& line) {
  return line.size() > 5 && std::string_view("EWI").find(line[0]) != std::string_view::npos && line[1] >= '0' &&
         line[1] <= '9';
}

std::string LastWords(const std::string& output) {
  std::istringstream lines(output);
  std::string words;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && !IsOfTheLog(line) && !line.starts_with("Warning:")) words = line;
  return words.substr(0, 300);
}

}  // namespace

ProbeAnswer ReadProbe(const ProgramResult& result) {
  const std::string words = LastWords(result.output);
  if (result.timed_out) return {Kind::kUnreachable, "no answer in " + std::to_string(kLimit.count()) + " s"};
  if (result.status == 0 && words.starts_with("yes")) return {Kind::kYes, words};
  if (result.status == 1 && (words == "no" || words.starts_with("no "))) return {Kind::kNo, words};
  for (const auto& [text, kind] : kWords)
    if (result.output.find(text) != std::string::npos) return {kind, words};
  return {Kind::kOther, words};
}

ProbeAnswer AskKubectl(const DoctorWorld& world, const std::string& kubectl, const std::string& context,
                       const std::string& verb, const std::string& resource, const std::string& name_space) {
  if (kubectl.empty()) return {};
  std::vector<std::string> command = {kubectl, "--context", context, "--request-timeout=4s",
                                      "auth",  "can-i",     verb,    resource};
  if (name_space.empty())
    command.push_back("--all-namespaces");
  else
    command.insert(command.end(), {"--namespace", name_space});
  return ReadProbe(world.run(command, kLimit, {}, /*with_errors=*/true));
}

}  // namespace vouch
