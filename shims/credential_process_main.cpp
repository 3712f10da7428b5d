#include "credential_process.h"

int main(int argc, char** argv) {
  constexpr vouch::Program kProgram{"vouch-credential-process", "vouch-credential-process"};
  return vouch::RunCredentialProcess(kProgram, vouch::WordsOf(argc, argv));
}
