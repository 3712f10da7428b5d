// vouchctl setup eks and setup k8s: write a cluster, a user and a context into a kubeconfig, so that kubectl, helm and the others
// get their tokens from vouchd; or turn the entries of another EKS tool into ours. Called by main.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "client.h"

namespace vouch {

struct SetupEksOptions {
  std::string cluster;
  std::string region;      // empty: of the profile, else AWS_REGION or AWS_DEFAULT_REGION
  std::string role;        // ARN; empty: of the profile
  std::string via;         // ARN of a management role; may be empty
  std::string profile;     // of ~/.aws/config; empty: AWS_PROFILE, else the only Vouch profile
  std::string kubeconfig;  // path; empty: by KUBECONFIG, else ~/.kube/config
  std::string alias;       // names the entries instead of the cluster's name
  std::string server;      // Vouch server whose session asks AWS; empty = the current one
  std::string own_server;  // the same when it was typed for this entry: its tokens come from that session, too
  bool convert = false;    // entries of other tools into ours; `cluster` narrows it down, when given
  bool undo = false;       // ours back into those of the AWS CLI
};

struct SetupK8sOptions {
  std::string cluster;                // a name for people
  std::string url;                    // https URL of the API server
  std::string certificate_authority;  // path of a PEM file; empty: the system's
  std::string audience;               // empty: "kubernetes"
  std::string kubeconfig;
};

// What the commands find around them.
struct KubePlaces {
  std::string kubeconfig_variable;  // KUBECONFIG
  std::string home;
  std::string helper;               // absolute path of vouch-exec-credential
  std::string aws_config;           // path of ~/.aws/config
  std::string aws_credentials;      // path of ~/.aws/credentials
  std::string aws_profile;          // AWS_PROFILE
  std::string aws_default_profile;  // AWS_DEFAULT_PROFILE
  std::chrono::milliseconds patience = std::chrono::seconds(5);  // with a program that has a kubeconfig locked
};

// Asks AWS for the cluster (through the agent) and writes `<cluster>`, `vouch-eks-<cluster>` and `<cluster>-vouch`. The context
// becomes the current one when there is none; one that is chosen stays. To `out`: what was written where, and what to type next.
// Throws the reasons of Client::DescribeCluster, and REASON_CONFIGURATION: no role or region, a cluster that is not ACTIVE or
// UPDATING, one of the three names is another's in any of the files (choose an alias), a kubeconfig that cannot be edited. A
// cluster of the same name, region and account that was made anew gets its new address.
void RunSetupEks(const SetupEksOptions& options, const KubePlaces& places, Client& client, std::ostream& out);

// The same for entries that are there already; needs neither the agent nor the network. One line for each. One that would perhaps
// not go on working, or be another identity (no profile, one that is not ours or has other credentials that win, a role behind a
// profile, a cluster of another account, options that only its tool knows, a comment that would be lost) is left as it is and
// named; an entry without a profile means [default] when that is ours and the environment names no other profile; when `cluster` names it,
// that is REASON_CONFIGURATION, and so is when nothing of what was asked for was done. All files are read before the first is
// written.
void RunConvertEks(const SetupEksOptions& options, const KubePlaces& places, std::ostream& out);

// Writes `<cluster>`, `vouch-k8s-<cluster>` and `<cluster>-vouch` as RunSetupEks does; of the certificate file nothing but its
// certificates. Needs neither the agent nor the network. REASON_CONFIGURATION also for a URL that is no https URL of a server.
void RunSetupK8s(const SetupK8sOptions& options, const KubePlaces& places, std::ostream& out);

}  // namespace vouch
