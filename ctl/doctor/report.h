// What doctor writes: lines for a person as the findings come, or one JSON object at the end (doctor.h). Used by doctor.cpp.
#pragma once

#include <iosfwd>
#include <memory>

#include "doctor/finding.h"
#include "doctor/world.h"

namespace vouch {

class DoctorReport {
 public:
  // Both must outlive it.
  DoctorReport(const DoctorOptions& options, std::ostream& out);
  ~DoctorReport();

  void Add(const Finding& finding);

  // Of the finding that was added last: what was done, and what is there now instead; or why it was not done.
  void Mended(const std::string& done, const Finding& after);
  void NotMended(const Error& error);

  void Finish(int exit_code);

 private:
  struct Entry;

  void Write(const Finding& finding);
  void WriteSummary();
  void WriteJson(int exit_code);
  int Count(Verdict verdict) const;
  int CountMended() const;

  const DoctorOptions& options_;
  std::ostream& out_;
  std::vector<Entry> entries_;
  std::string area_;  // whose title was written last
};

}  // namespace vouch
