#include "hide.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace vouch {

void HideMemory() {
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace vouch
