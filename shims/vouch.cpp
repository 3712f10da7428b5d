#include "vouch.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <unistd.h>

#include "credential_process.h"
#include "exec_credential.h"
#include "output.h"
#include "quick_status.h"
#include "self.h"

namespace vouch {
namespace {

constexpr Program kVouch{"vouch", "vouch"};
constexpr Program kCredential{"vouch", "vouch credential"};
constexpr Program kAws{"vouch", "vouch credential aws"};
constexpr const char* kControlProgram = "vouchctl";

constexpr std::string_view kHelp =
    "Usage: vouch credential aws|eks|k8s FLAGS\n"
    "\n"
    "Prints credentials for other programs.\n"
    "\n"
    "  aws  credentials of a role, for credential_process\n"
    "  eks  a token for an Amazon EKS cluster, for kubectl\n"
    "  k8s  an OIDC token for a cluster that trusts the Vouch server, for kubectl (also: kubernetes)\n"
    "\n"
    "Each has its own --help.\n";

int RefuseCredential(const Program& program, std::string_view word) {
  if (word == "--help" || word == "-h") {
    WriteOutput(kHelp);
    return 0;
  }
  const std::string unknown = "unknown credential " + std::string(word) + " (there are those of AWS and Kubernetes)";
  throw Failure(REASON_CONFIGURATION, word.empty() ? "which credential: aws, eks or k8s" : unknown,
                "see " + std::string(program.command) + " --help");
}

int RunCredential(Words words) noexcept {
  const std::string_view word = words.empty() ? "" : words.front();
  if (word == "aws") return RunCredentialProcess(kAws, words.subspan(1));
  if (IsTokenKind(word)) return RunExecCredential(kCredential, words);
  return RunGuarded(kCredential, [word](const Program& program) { return RefuseCredential(program, word); });
}

// The one that was installed with us goes before whatever PATH has.
int RunVouchctl(char** argv) {
  int error = BecomeControlProgram(argv);
  if (error == ENOENT) {
    execvp(kControlProgram, argv);
    error = errno;
  }
  if (error == ENOENT) {
    throw Failure(REASON_INTERNAL, "vouchctl is neither installed with vouch nor on PATH", "install vouchctl");
  }
  throw Failure(REASON_INTERNAL, "cannot run vouchctl: " + std::string(strerrordesc_np(error)));
}

}  // namespace

int RunVouch(int argc, char** argv) noexcept {
  const Words words = WordsOf(argc, argv);
  if (!words.empty() && std::string_view(words.front()) == "credential") return RunCredential(words.subspan(1));
  if (AsksForQuickStatus(words)) return RunQuickStatus(kVouch, words);
  try {
    return RunVouchctl(argv);
  } catch (const Failure& failure) {
    return Report(kVouch, failure);
  } catch (const std::exception& exception) {
    return Report(kVouch, Failure(REASON_INTERNAL, exception.what()));
  }
}

}  // namespace vouch
