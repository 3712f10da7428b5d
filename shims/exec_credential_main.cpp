#include "exec_credential.h"

int main(int argc, char** argv) {
  constexpr vouch::Program kProgram{"vouch-exec-credential", "vouch-exec-credential"};
  return vouch::RunExecCredential(kProgram, vouch::WordsOf(argc, argv));
}
