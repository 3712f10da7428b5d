#include "arguments.h"

#include "failure.h"
#include "utf8.h"

namespace vouch {

Words WordsOf(int argc, const char* const* argv) {
  return argc > 1 ? Words(argv + 1, static_cast<std::size_t>(argc - 1)) : Words();
}

Arguments::Arguments(std::string_view command, std::span<const FlagName> known, Words words) : command_(command) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    help_ = word == "--help" || word == "-h";
    version_ = word == "--version";
    if (help_ || version_) return;

    const std::size_t equals = word.find('=');
    const std::string_view name = CanonicalName(known, word.substr(0, equals));
    if (equals != std::string_view::npos) {
      Add(name, word.substr(equals + 1));
    } else if (i + 1 == words.size() || std::string_view(words[i + 1]).starts_with("--")) {
      Refuse(std::string(name) + " needs a value");
    } else {
      Add(name, words[++i]);
    }
  }
}

std::string Arguments::Get(std::string_view name) const {
  for (const Given& given : given_) {
    if (given.name == name) return ReplaceInvalidUtf8(given.value);
  }
  return "";
}

std::string Arguments::Require(std::string_view name) const {
  std::string value = Get(name);
  if (value.empty()) Refuse(std::string(name) + " is missing");
  return value;
}

void Arguments::Refuse(std::string message) const {
  throw Failure(REASON_CONFIGURATION, std::move(message), "see " + std::string(command_) + " --help");
}

std::string_view Arguments::CanonicalName(std::span<const FlagName> known, std::string_view word) const {
  for (const FlagName& flag : known) {
    if (word == flag.name || (!flag.alias.empty() && word == flag.alias)) return flag.name;
  }
  Refuse((word.starts_with("-") ? "unknown flag " : "unexpected argument ") + std::string(word));
}

void Arguments::Add(std::string_view name, std::string_view value) {
  for (const Given& given : given_) {
    if (given.name == name) Refuse(std::string(name) + " is given twice");
  }
  given_.push_back({name, value});
}

}  // namespace vouch
