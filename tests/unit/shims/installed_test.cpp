// `vouch` and the small vouchctl hand on what is not theirs: to the vouchctl that was installed with them, or the one on PATH.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/shims/process.h"
#include "unit/shims/scratch.h"

namespace vouch {
namespace {

const std::string kVouch = VOUCH_BIN_DIR "/vouch";
const std::string kControl = VOUCH_BIN_DIR "/vouchctl";

// A prefix with copies of `vouch` and of the small vouchctl, and a program of vouchctl that prints where it was found
// and its arguments.
class Installed {
 public:
  Installed(const Scratch& scratch, const std::string& name) : prefix_(scratch.Path(name)) {
    for (const char* folder : {"/bin", "/libexec/vouch"}) std::filesystem::create_directories(prefix_ + folder);
  }
  void AddVouch() const {
    std::filesystem::copy_file(kVouch, folder() + "/vouch");
    std::filesystem::copy_file(kControl, folder() + "/vouchctl");
  }
  void AddVouchctl(const std::string& says, mode_t mode = 0755) const {
    AddScript(prefix_ + "/libexec/vouch/vouchctl-main", says, mode);
  }
  void AddVouchctlToPath(const std::string& says) const { AddScript(folder() + "/vouchctl", says, 0755); }
  std::string folder() const { return prefix_ + "/bin"; }

 private:
  static void AddScript(const std::string& path, const std::string& says, mode_t mode) {
    std::ofstream(path) << "#!/bin/sh\necho " << says << " \"$@\" $VOUCH_SOCKET\nexit 7\n";
    chmod(path.c_str(), mode);
  }

  std::string prefix_;
};

class VouchInstalled : public testing::Test {
 protected:
  static void ExpectFailure(const Finished& finished, const std::string& err) {
    EXPECT_EQ(finished.out, "");
    EXPECT_EQ(finished.err, err);
    EXPECT_EQ(finished.exit_code, 1);
  }

  Scratch scratch_;
};

TEST_F(VouchInstalled, HandsEverythingElseToTheVouchctlOfItsInstallation) {
  const Installed ours(scratch_, "ours");
  const Installed other(scratch_, "other");
  ours.AddVouch();
  ours.AddVouchctl("ours");
  other.AddVouchctlToPath("other");

  for (const char* program : {"/vouch", "/vouchctl"}) {
    const Finished finished =
        RunToEnd({{ours.folder() + program, "status", "--json"}, {"PATH=" + other.folder(), "VOUCH_SOCKET=/s"}});
    EXPECT_EQ(finished.out, "ours status --json /s\n");
    EXPECT_EQ(finished.exit_code, 7);
  }
}

TEST_F(VouchInstalled, FallsBackToTheVouchctlOnPath) {
  const Installed ours(scratch_, "ours");
  const Installed other(scratch_, "other");
  ours.AddVouch();
  other.AddVouchctlToPath("other");

  const Finished finished = RunToEnd({{ours.folder() + "/vouch"}, {"PATH=" + other.folder()}});

  EXPECT_EQ(finished.out, "other\n");
  EXPECT_EQ(finished.exit_code, 7);
}

TEST_F(VouchInstalled, SaysThatVouchctlIsMissing) {
  const Installed ours(scratch_, "ours");
  ours.AddVouch();

  ExpectFailure(RunToEnd({{ours.folder() + "/vouch", "login"}, {"PATH=/nonexistent"}}),
                "vouch: vouchctl is neither installed with vouch nor on PATH; install vouchctl\n");
}

TEST_F(VouchInstalled, SaysWhyVouchctlCannotRun) {
  const Installed ours(scratch_, "ours");
  ours.AddVouch();
  ours.AddVouchctl("ours", 0644);

  ExpectFailure(RunToEnd({{ours.folder() + "/vouch", "login"}, {"PATH=/nonexistent"}}),
                "vouch: cannot run vouchctl: Permission denied\n");
}

}  // namespace
}  // namespace vouch
