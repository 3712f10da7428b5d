// A program run by a test: started with an argument list, ended by its pid at the latest with the object.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vouch {

// A folder of its own under /tmp (short enough for socket paths), removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string ReadFile(const std::string& path);

class Subprocess {
 public:
  struct Result {
    int exit_code = -1;  // 128 + signal when killed
    std::string out, err;
  };

  enum class Group { kOurs, kOwn };  // the process group; a shell's job has its own

  // `environment` is added to the test's own; `input` is what it reads on standard input.
  explicit Subprocess(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {},
                      const std::string& input = "", Group group = Group::kOurs);
  ~Subprocess();
  Subprocess(const Subprocess&) = delete;

  pid_t pid() const { return pid_; }
  std::string Out() const { return ReadFile(folder_ / "out"); }
  std::string Err() const { return ReadFile(folder_ / "err"); }

  // Waits (at most 20 s) until it has written `text`; false when it ended or time is over without.
  bool WaitForOut(const std::string& text) { return WaitFor("out", text); }
  bool WaitForErr(const std::string& text) { return WaitFor("err", text); }

  // The signal that has stopped it; 0 when it ended instead, or was not stopped within 20 s.
  int WaitForStop();

  Result Wait();
  Result Signal(int signal);  // sends it, then waits

 private:
  bool WaitFor(const std::string& stream, const std::string& text);
  bool HasEnded();

  TemporaryFolder folder_;
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace vouch
