#include "setup_aws.h"

#include <unistd.h>

#include <ostream>

#include "aws_config.h"
#include "aws_ini.h"
#include "aws_names.h"
#include "error.h"
#include "places.h"
#include "shell_words.h"
#include "user_file.h"
#include "utf8.h"

namespace vouch {
namespace {

// The SDKs expand a tilde in these variables, too.
std::string FileOf(const char* variable, const char* name) {
  const std::string path = EnvironmentText(variable);
  if (path.empty()) return HomeFolder() + "/.aws/" + name;
  return path.starts_with("~/") ? HomeFolder() + path.substr(1) : path;
}

std::string Shown(const std::string& word) {
  const auto quoted = QuoteShellWord(word);
  return Printable(quoted ? *quoted : word);
}

// A profile in a file that aws refuses as a whole would be of no use, and would be blamed for it.
void RequireReadableByAws(const std::string& config, const std::string& file) {
  const std::size_t line = AwsIni(config).bad_line();
  const bool utf8 = ReplaceInvalidUtf8(config) == config;
  if (line == 0 && utf8) return;
  throw Error(REASON_CONFIGURATION,
              "aws cannot read " + Printable(file) + ": " + (utf8 ? "line " + std::to_string(line) + " is no setting" : "it is not UTF-8"),
              "mend that first; nothing was changed");
}

AwsProfileEdit Edit(const std::string& config, const std::string& credentials, const AwsProfileWish& wish, const std::string& file) {
  RequireReadableByAws(config, file);
  return SetVouchProfile(config, credentials, wish);
}

// EditUserFile may call more than once: the last result is the one that was written.
AwsProfileEdit Apply(const SetupAwsOptions& options, const AwsFiles& files) {
  const AwsProfileWish wish = {files.helper, options.role, options.via, options.profile, options.region};
  const std::string credentials = ReadUserFile(files.credentials).value_or("");
  if (options.dry_run) return Edit(ReadUserFile(files.config).value_or(""), credentials, wish, files.config);
  AwsProfileEdit edit;
  EditUserFile(files.config, [&](const std::string& config) {
    edit = Edit(config, credentials, wish, files.config);
    return edit.text;
  });
  return edit;
}

// aws wants a region, even for what is the same in all of them.
std::string NextCommand(const AwsProfileEdit& edit, const SetupAwsOptions& options) {
  std::string command = "aws sts get-caller-identity --profile " + Shown(edit.profile);
  if (edit.region.empty()) command += " --region " + std::string(DefaultRegion(RolePartition(options.role, "role")));
  return command;
}

void Report(const AwsProfileEdit& edit, const AwsFiles& files, const SetupAwsOptions& options, std::ostream& out) {
  using What = AwsProfileEdit::What;
  const std::string name = Shown(edit.profile);
  const std::string file = Printable(files.config);
  const std::string next = NextCommand(edit, options);
  if (edit.what == What::kUnchanged) {
    out << "Profile " << name << " in " << file << " is as it should be, nothing changed. Try: " << next << std::endl;
  } else if (options.dry_run) {
    out << (edit.what == What::kAdded ? "Would add to " : "Would update in ") << file << ":\n"
        << edit.written << std::flush;
  } else {
    out << (edit.what == What::kAdded ? "Added" : "Updated") << " profile " << name << " in " << file
        << ". Try: " << next << std::endl;
  }
  if (edit.what == What::kAdded && !edit.same_role.empty())
    out << "Profile " << Shown(edit.same_role) << " has the same role with another region or management role; it was left as it is. "
        << "To change it: --profile " << Shown(edit.same_role) << std::endl;
}

}  // namespace

AwsFiles AwsFilesOfProcess() {
  return {FileOf("AWS_CONFIG_FILE", "config"), FileOf("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
          ProgramBeside("vouch-credential-process")};
}

void RunSetupAws(const SetupAwsOptions& options, const AwsFiles& files, std::ostream& out) {
  if (access(files.helper.c_str(), X_OK) != 0)
    throw Error(REASON_CONFIGURATION, files.helper + " is missing", "install it beside vouchctl");
  Report(Apply(options, files), files, options, out);
}

}  // namespace vouch
