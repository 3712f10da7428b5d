#include "base/confinement.h"
#include "base/landlock.h"
#include "base/sanitized.h"
#include "base/syscall_filter.h"

namespace vouch {

Confinement Confine(const std::vector<ChangeableFolder>& folders) {
  Confinement confinement;
  if (kSanitized) {
    confinement.problem = "this build has a sanitizer";
    return confinement;
  }
  confinement.files = LimitFiles(folders, confinement.problem);
  confinement.calls = FilterCalls(confinement.problem);
  return confinement;
}

}  // namespace vouch
