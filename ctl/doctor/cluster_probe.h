// What a cluster itself says, by `kubectl auth can-i`, which asks it for a SelfSubjectAccessReview. Used by
// check_cluster and helm_rights.
#pragma once

#include <string>

#include "doctor/world.h"

namespace vouch {

struct ProbeAnswer {
  enum class Kind {
    kNotAsked,  // there is no kubectl
    kYes,
    kNo,            // it knows us, and forbids
    kUnauthorized,  // it does not take the token
    kUntrusted,     // its certificate is not the kubeconfig's
    kUnreachable,
    kPlugin,  // the kubeconfig's command failed
    kOther,
  };
  Kind kind = Kind::kNotAsked;
  std::string words;  // kubectl's, one line

  bool IsLetIn() const { return kind == Kind::kYes || kind == Kind::kNo; }
};

// `kubectl` is its path; empty: kNotAsked. `name_space` empty: all of them, for what belongs to none. At most 6 s. Any
// thread.
ProbeAnswer AskKubectl(const DoctorWorld& world, const std::string& kubectl, const std::string& context,
                       const std::string& verb, const std::string& resource, const std::string& name_space);

// What the output of a kubectl that ended with `result` means.
ProbeAnswer ReadProbe(const ProgramResult& result);

}  // namespace vouch
