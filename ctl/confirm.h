// vouchctl confirm: the programs that wait for a person's word, and the word. Called by main.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "client.h"
#include "prompt.h"
#include "terminal.h"

namespace vouch {

struct ConfirmOptions {
  std::int64_t id = 0;  // 0: none was named
  bool deny = false;
  bool json = false;
};

struct ConfirmWorld {
  Client& client;
  Prompt& prompt;
  std::string agent_source;  // the AI agent that runs us; empty = a person
  Look look;                 // of `out`
  std::int64_t now;          // Unix seconds, local clock
};

// With an id: allows it, or denies it. Without: shows what waits; a single one is asked about on a terminal, or denied where
// `deny` is set. REASON_NOT_FOUND for an id that does not wait, REASON_CONFIGURATION where it is not clear which is meant,
// REASON_DENIED when an AI agent would allow something; and the reasons of Client and Prompt.
void RunConfirm(const ConfirmOptions& options, const ConfirmWorld& world, std::ostream& out);

// What waits, oldest first: fits the terminal, or a line each, nothing cut.
std::string FormatConfirmations(const ListConfirmationsResponse& list, const Look& look, std::int64_t now);

// One JSON object, two spaces of indentation, a line end after it. Every member is always there. Members are only ever added:
//   waiting [{id, program (path; null: it cannot be told), pid, subject (a role's ARN, or "kubernetes:" and the audience),
//   agent_source (null: a person), asked_at (RFC 3339, UTC)}]
std::string FormatConfirmationsJson(const ListConfirmationsResponse& list);

}  // namespace vouch
