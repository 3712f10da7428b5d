// vouch_manual PROSE_FOLDER OUTPUT_FOLDER DATE: writes the manual pages. Runs while the program is built; not installed.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "commands.h"
#include "manual.h"

namespace {

namespace fs = std::filesystem;

std::string Read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void Write(const fs::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

void WriteAll(const fs::path& prose, const fs::path& output, const vouch::ManualEdition& edition) {
  fs::remove_all(output);
  fs::create_directories(output);
  const std::string exit_status = Read(prose / "exit-status.man");
  const auto filled = [&](const fs::path& path) { return vouch::FilledManualPage(Read(path), edition, exit_status); };
  vouch::CommandLine line;
  const vouch::Commands commands(line);
  for (const auto& page : vouch::ManualPages(commands.app, edition, [&](const std::string& name) { return filled(prose / (name + ".man")); }))
    Write(output / (page.name + ".1"), page.text);
  for (const auto& entry : fs::directory_iterator(prose))
    if (entry.path().extension() == ".1" || entry.path().extension() == ".5")
      Write(output / entry.path().filename(), filled(entry.path()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: vouch_manual PROSE_FOLDER OUTPUT_FOLDER DATE\n";
    return 6;
  }
  try {
    WriteAll(argv[1], argv[2], {argv[3], VOUCH_VERSION});
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "vouch_manual: " << error.what() << "\n";
    return 1;
  }
}
