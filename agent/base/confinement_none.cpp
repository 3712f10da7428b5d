// Where the system has nothing that a program could call for it.
#include "base/confinement.h"

namespace vouch {

Confinement Confine(const std::vector<ChangeableFolder>&) {
  Confinement confinement;
  confinement.problem = "this system offers no confinement";
  return confinement;
}

}  // namespace vouch
