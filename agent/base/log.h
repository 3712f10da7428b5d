// The agent's log: stderr, one line an event, with journald's priority prefix when journald reads it. No secret, no
// token, no full URL ever goes in here.
#pragma once

#include <string_view>

namespace vouch {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Called once by main. `level` is one of debug, info, warning, error; returns false for any other word.
bool InitLog(std::string_view level);

// Whether a line of this level would be written: for those that cost something to make.
bool IsLogged(LogLevel level);

// Safe on any thread; control characters are replaced, so that no text from outside can forge a line.
void Log(LogLevel level, std::string_view text);

inline void LogDebug(std::string_view text) { Log(LogLevel::kDebug, text); }
inline void LogInfo(std::string_view text) { Log(LogLevel::kInfo, text); }
inline void LogWarning(std::string_view text) { Log(LogLevel::kWarning, text); }
inline void LogError(std::string_view text) { Log(LogLevel::kError, text); }

}  // namespace vouch
