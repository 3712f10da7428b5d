// What `vouchctl doctor` finds. Used by the checks, which find, and by doctor.cpp, which shows and mends.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace vouch {

enum class Verdict { kOk, kInfo, kWarning, kFailed };

// Something that `doctor --fix` does after asking. Safe: it can be undone by hand and destroys nothing.
struct Fix {
  std::string what;                    // "comment out the keys of [vouch] in ~/.aws/credentials"
  std::function<std::string()> apply;  // returns what was done, one line; throws Error
};

struct Finding {
  std::string check;    // stable name, "aws.static-keys"; several findings of one check differ in `subject`
  std::string subject;  // the profile, context or file that it is about; may be empty
  Verdict verdict = Verdict::kOk;
  std::string what;     // what was found, one line
  std::string why;      // what it does, in the words of the error that people see; may be empty
  std::string remedy;   // what to type or do next; empty for kOk
  std::optional<Fix> fix = std::nullopt;
};

}  // namespace vouch
