#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace vouch {
namespace {

// sd-daemon(3): "<N>" with a syslog priority at the start of a line.
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string_view prefix = message.level >= spdlog::level::err    ? "<3>"
                              : message.level >= spdlog::level::warn ? "<4>"
                              : message.level >= spdlog::level::info ? "<6>"
                                                                     : "<7>";
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JournalPriority>(); }
};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

bool InitLog(std::string_view level) {
  spdlog::level::level_enum threshold = spdlog::level::info;
  if (level == "debug") threshold = spdlog::level::debug;
  else if (level == "warning") threshold = spdlog::level::warn;
  else if (level == "error") threshold = spdlog::level::err;
  else if (level != "info") return false;

  auto logger = std::make_shared<spdlog::logger>("vouchd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  if (std::getenv("JOURNAL_STREAM") != nullptr) {
    formatter->add_flag<JournalPriority>('J').set_pattern("%J%v");  // journald adds time and name itself
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z vouchd[%P] %l: %v");
  }
  logger->set_formatter(std::move(formatter));
  logger->set_level(threshold);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  return true;
}

bool IsLogged(LogLevel level) { return spdlog::should_log(ToSpdlog(level)); }

void Log(LogLevel level, std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  spdlog::log(ToSpdlog(level), "{}", line);
}

}  // namespace vouch
