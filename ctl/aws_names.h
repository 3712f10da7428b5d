// The form of what people type about AWS, judged before it is written into a file. Used by the setup commands. What the
// agent asks of a role and a region (protocol reference 4.2) is asked here, too. No I/O.
#pragma once

#include <string_view>

namespace vouch {

// All throw REASON_CONFIGURATION with what is wrong and the expected form; none repeats the text.

// arn:<partition>:iam::<12 digits>:role/<path and name>. Gives the partition, which is part of `arn`. `what` names it
// in the message, "role".
std::string_view RolePartition(std::string_view arn, std::string_view what);

// The partition that a region such as eu-central-1 is in.
std::string_view RegionPartition(std::string_view region);

// Whether it has the form of a region. Does not throw.
bool IsRegion(std::string_view text);

// Whether EKS would allow it as the name of a cluster (EKS API Reference, CreateCluster). Does not throw.
bool IsClusterName(std::string_view text);

// The region whose STS is asked for a role of the partition when nothing names another. Does not throw; empty for a
// partition that does not exist.
std::string_view DefaultRegion(std::string_view partition);

// A name of a profile that every SDK reads in ~/.aws/config.
void CheckProfileName(std::string_view name);

}  // namespace vouch
