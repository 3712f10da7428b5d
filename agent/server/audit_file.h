// The files of the audit log: lines are only ever added, at 1 MiB a new file is begun, and five old ones are kept. Used by
// server/audit_log, on its thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vouch {

class AuditFile {
 public:
  static constexpr std::int64_t kMostBytes = 1 << 20;  // of one file
  static constexpr int kOldFiles = 5;                  // audit.log.1, the youngest, to audit.log.5

  explicit AuditFile(std::string path) : path_(std::move(path)) {}
  ~AuditFile() { Close(); }
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // Whole or not at all. Throws REASON_CONFIGURATION with the system's reason: no room, no folder, somebody else's file, a
  // symbolic link. The next call begins anew.
  void Append(std::string_view line);

 private:
  void Open();
  void Close();
  void Rotate();
  bool IsGone() const;
  std::int64_t Size() const;

  const std::string path_;
  int fd_ = -1;
};

}  // namespace vouch
