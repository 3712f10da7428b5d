#include "server/audit_log.h"

#include <exception>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

constexpr std::chrono::seconds kLastLooks{1};

Program JustAskerOf(const Caller& caller) { return {caller.peer.pid, "", caller.process ? caller.process->name : "", false}; }

}  // namespace

AuditLog::AuditLog(std::string path, std::function<Program(const Caller&)> find_program)
    : file_(std::move(path)), find_program_(std::move(find_program)), thread_([this] { Run(); }) {}

AuditLog::~AuditLog() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    last_look_ = std::chrono::steady_clock::now() + kLastLooks;
  }
  recorded_.notify_one();
  thread_.join();
}

void AuditLog::Record(AuditEntry entry) {
  CutToLine(entry);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) {
      ++overflowed_;
      return;
    }
    waiting_.push_back(std::move(entry));
    if (writing_) return;  // it looks again before it sleeps
  }
  recorded_.notify_one();
}

void AuditLog::Flush() {
  std::unique_lock lock(mutex_);
  written_.wait(lock, [this] { return waiting_.empty() && !writing_; });
}

void AuditLog::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    recorded_.wait(lock, [this] { return !waiting_.empty() || stopped_; });
    if (waiting_.empty()) return;
    writing_ = true;
    // Who was just answered goes first, where there are fewer processors than have something to do.
    lock.unlock();
    std::this_thread::yield();
    lock.lock();
    while (!waiting_.empty()) {
      const AuditEntry entry = std::move(waiting_.front());
      waiting_.pop_front();
      lost_ += std::exchange(overflowed_, 0);
      const bool may_look = !stopped_ || std::chrono::steady_clock::now() < last_look_;
      lock.unlock();
      Write(entry, may_look);
      lock.lock();
    }
    writing_ = false;
    written_.notify_all();
  }
}

void AuditLog::Write(const AuditEntry& entry, bool may_look) try {
  const Program program = entry.program ? *entry.program : may_look ? find_program_(entry.caller) : JustAskerOf(entry.caller);
  TellOfLost(entry.at_ms);
  file_.Append(FormatAuditLine(entry, program));
  if (std::exchange(failing_, false)) LogInfo("the audit log is written again");
} catch (const std::exception& error) {
  ++lost_;
  if (!std::exchange(failing_, true))
    LogWarning(std::string("the audit log cannot be written, and what is handed out meanwhile is missing there: ") + error.what());
}

void AuditLog::TellOfLost(std::int64_t at_ms) {
  if (lost_ == 0) return;
  file_.Append(FormatLostLines(at_ms, lost_));
  lost_ = 0;
}

}  // namespace vouch
