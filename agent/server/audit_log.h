// The audit log: who was handed what, $XDG_STATE_HOME/vouch/audit.log (0600) and five older files, audit.log.1 the youngest of them.
//
// One JSON object a line, ASCII only, of these members; those that say nothing are not there. More may be added.
//   time          RFC 3339, UTC, milliseconds: when it was decided
//   event         what was asked for: "aws", "eks", "kubernetes", "console", "endpoint" (of `exec --refreshable`), "endpoint_answer"
//                 (each answer of it), "describe" (a cluster, by credentials that are not handed out);
//                 what was done: "login" (or tried), "logout", "lock", "unlock", "confirm"; or "lost": see below
//   role          ARN, or
//   audience      of a Kubernetes token
//   cluster       that an EKS or Kubernetes token was asked for, or that was described
//   server        the Vouch server of the session
//   pid           of the program behind our helpers; 0: not known
//   executable    its path, or the script's where an interpreter runs one; in brackets its name, where the path cannot be told
//   helper_pid    of the process that asked, where it is another
//   uid
//   caller_class  "person", or the name that an AI agent has given
//   result        "ok", or the name of the reason (proto/reasons)
//   way           of a confirmation: "desktop" or "terminal"
// {"time":…,"event":"lost","lines":N} says that so many lines could not be written before it.
//
// No secret is in it. Texts from outside are cut at 256 bytes, paths and ARNs at 1024. Who runs as this user can write into it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "server/audit_file.h"
#include "server/audit_line.h"

namespace vouch {

// Safe on any thread. Lines are written by a thread of its own, which sleeps until there is one: no hand-out waits for the disk, or
// fails for want of it. A disk that is full is logged once, and how many lines were lost is written when there is room again. What
// was recorded in the last moments before a SIGKILL may be missing, usually less than a millisecond's worth; SIGTERM loses nothing.
class AuditLog {
 public:
  static constexpr std::size_t kMostWaiting = 16384;  // lines; what comes on top is lost, and counted

  // `find_program` is called on the log's thread, for entries that do not tell the program.
  AuditLog(std::string path, std::function<Program(const Caller&)> find_program);
  // Writes what waits. Where looking for the programs takes longer than a second in all, the rest of the lines tells the names only
  // of the processes that asked.
  ~AuditLog();

  void Record(AuditEntry entry);

  // Waits until everything that was recorded before is written, or lost. For tests.
  void Flush();

 private:
  void Run();
  void Write(const AuditEntry& entry, bool may_look);
  void TellOfLost(std::int64_t at_ms);

  AuditFile file_;
  const std::function<Program(const Caller&)> find_program_;
  std::mutex mutex_;
  std::condition_variable recorded_, written_;
  std::deque<AuditEntry> waiting_;
  std::uint64_t overflowed_ = 0;  // lost for want of room in the queue, and not yet told
  bool writing_ = false, stopped_ = false;
  std::chrono::steady_clock::time_point last_look_;  // once it is stopped

  // Of the log's thread.
  std::uint64_t lost_ = 0;  // not yet told
  bool failing_ = false;

  std::thread thread_;  // last: it uses all the rest
};

}  // namespace vouch
