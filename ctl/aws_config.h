// The Vouch profiles of ~/.aws/config (protocol reference 6.5): found, added, updated. Used by setup_aws. Text in, text
// out, no I/O.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vouch {

// A profile whose credential_process runs vouch-credential-process or `vouch credential aws`, by whatever path.
struct VouchProfile {
  std::string name;    // "default" for [default]
  std::string role;    // empty when its command has none, as for Identity Center
  std::string via;     // empty when it has none
  std::string region;  // its own setting, else the one in its command, else empty
};

// In the order of the file.
std::vector<VouchProfile> VouchProfiles(const std::string& config);

// The profile that a section of ~/.aws/config is; empty for a section of another kind.
std::string AwsProfileOf(const std::string& header);

// How many words of a credential_process of ours name the program (1: vouch-credential-process, 3: vouch credential aws); 0 for
// one that is not ours.
std::size_t VouchProgramWords(const std::vector<std::string>& words);

struct AwsProfileWish {
  std::string helper;   // absolute path of vouch-credential-process
  std::string role;     // ARN
  std::string via;      // ARN; empty: as it is, for a profile that has the role already
  std::string profile;  // empty: the one that has role, via and region already, else vouch, vouch-2, …
  std::string region;   // empty: as it is
};

struct AwsProfileEdit {
  enum class What { kAdded, kUpdated, kUnchanged };

  What what = What::kUnchanged;
  std::string profile;
  std::string region;   // of its own setting; may be empty
  std::string same_role;  // kAdded: a profile of the role that has another region or way, and was left alone; may be empty
  std::string written;  // the lines that are new, for a person
  std::string text;     // the whole config
};

// `config` with the profile that is wished for; all other sections, and all other settings and comments of the profile,
// keep every byte. `credentials` is the content of ~/.aws/credentials, whose profiles win over credential_process.
//
// Throws REASON_CONFIGURATION: an ARN, a region or a name has not its form; region, role and via are not of one
// partition; the name is in `credentials`; the profile of that name belongs to somebody else; it is not clear which one
// is meant.
AwsProfileEdit SetVouchProfile(const std::string& config, const std::string& credentials, const AwsProfileWish& wish);

}  // namespace vouch
