#include "status_line.h"

#include <algorithm>

#include "report.h"
#include "utf8.h"

namespace vouch {
namespace {

using agent::v1::GetStatusResponse;

constexpr std::size_t kMaxEmailBytes = 64;  // a prompt is one line

// Whoever writes PS1="$(vouchctl status --short)" has the shell expand the line, and zsh and tmux have escapes of their
// own.
bool IsPlain(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte >= 0x80 ||
         std::string_view("@.+-_=,:").find(character) != std::string_view::npos;
}

std::string PromptText(std::string_view text) {
  std::string plain = OneLine(text);
  std::replace_if(plain.begin(), plain.end(), [](char c) { return !IsPlain(c); }, '?');
  plain.resize(Utf8Boundary(plain, std::min(plain.size(), kMaxEmailBytes)));
  return plain;
}

// Rounded as `vouchctl status` rounds.
std::string ShortDuration(std::int64_t seconds) {
  seconds = std::max<std::int64_t>(seconds, 0);
  if (seconds < 60) return std::to_string(seconds) + "s";
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < 60) return std::to_string(minutes) + "m";
  return std::to_string(minutes / 60) + "h" + std::to_string(minutes % 60) + "m";
}

bool IsDegraded(const GetStatusResponse& status) {
  return std::any_of(status.credentials().begin(), status.credentials().end(),
                     [](const auto& credential) { return credential.degraded(); });
}

}  // namespace

std::string FormatStatusLine(const GetStatusResponse& status) {
  if (!status.has_session()) return status.session_expired() ? "vouch: session expired\n" : "vouch: not logged in\n";
  const auto& session = status.session();
  return PromptText(session.email()) + " " + ShortDuration(session.seconds_left()) +
         (status.locked() ? " locked" : "") + (IsDegraded(status) ? " !\n" : "\n");
}

std::string FormatStatusVariables(const GetStatusResponse& status) {
  const auto& session = status.session();
  return std::string("VOUCH_AUTHENTICATED=") + (status.has_session() ? "1" : "0") +
         "\nVOUCH_EMAIL=" + QuoteForShell(OneLine(session.email())) +
         "\nVOUCH_EXPIRES_IN=" + std::to_string(std::max<std::int64_t>(session.seconds_left(), 0)) +
         "\nVOUCH_LOCKED=" + (status.locked() ? "1" : "0") + "\n";
}

// In quotes but for quotes and backslashes themselves: fish takes a backslash in quotes for an escape, sh does not.
std::string QuoteForShell(std::string_view text) {
  std::string quoted = "'";
  for (const char character : text) {
    if (character == '\'' || character == '\\') {
      quoted += std::string("'\\") + character + "'";
    } else {
      quoted += character;
    }
  }
  return quoted + "'";
}

}  // namespace vouch
