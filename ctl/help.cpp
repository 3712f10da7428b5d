#include "help.h"

#include <unistd.h>

#include <ostream>

namespace vouch {

std::string ManualFile(const std::string& bin, const std::string& page) {
  for (const char* ending : {".1.gz", ".1"})
    if (const std::string file = bin + "/../share/man/man1/" + page + ending; access(file.c_str(), R_OK) == 0) return file;
  return "";
}

void RunHelp(const std::string& file, const std::string& text, bool is_terminal, std::ostream& out) {
  if (is_terminal && !file.empty()) execlp("man", "man", file.c_str(), nullptr);  // comes back when there is no man
  out << text << std::flush;
}

}  // namespace vouch
