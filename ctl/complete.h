// vouchctl complete: what may stand where the cursor is, for the completions of the shells (ctl/shell). Called by main.
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws_config.h"
#include "error.h"
#include "kubeconfig.h"

namespace vouch {

struct Candidate {
  std::string text;
  std::string description;  // may be empty
};

struct Completion {
  enum class What { kWords, kFiles, kCommand };

  What what = What::kWords;
  std::size_t command = 0;  // kCommand: which of the words begins the other command
  std::vector<Candidate> candidates;  // not filtered by what is typed
};

// Where names come from; each is asked only when it is needed and does not throw. What is not there is empty.
struct CompletionWorld {
  std::function<std::vector<VouchProfile>()> profiles;
  std::function<std::vector<Kubeconfig>()> kubeconfigs;
  std::function<GetStatusResponse()> status;
  std::function<ListConfirmationsResponse()> confirmations;
};

// `words` are those of the line up to the cursor, the program first ("vouchctl" or "vouch", by any path), the one that is
// being typed last. No word of it is judged: what is not understood gives no candidates.
Completion Complete(const std::vector<std::string>& words, const CompletionWorld& world);

// What may be given for the option of the command ("eks access", "--cluster"), or as its argument number `position`.
Completion ValuesOf(std::string_view command, std::string_view option, const CompletionWorld& world);
Completion ArgumentsOf(std::string_view command, std::size_t position, const CompletionWorld& world);

// That of this user: ~/.aws/config, the kubeconfig files, the agent. An agent that does not answer within a second ends the
// process.
CompletionWorld CompletionWorldOfProcess();

// A line that says what follows ("words", "files", "command 3"), then a candidate a line, its description behind a tab. Names
// with control characters are left out.
void RunComplete(const std::vector<std::string>& words, const CompletionWorld& world, std::ostream& out);

}  // namespace vouch
