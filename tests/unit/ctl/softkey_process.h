// The software security key of tests/softkey, made and served for one test.
#pragma once

#include <memory>
#include <string>

#include "unit/ctl/subprocess.h"

namespace vouch {

inline constexpr const char* kRpId = "vouch.test";
inline constexpr const char* kUserId = "5a0c2f3e-8a1f-4a63-9c1e-0d7f0c4f1b11";
inline constexpr const char* kUserHandle = "\x5a\x0c\x2f\x3e\x8a\x1f\x4a\x63\x9c\x1e\x0d\x7f\x0c\x4f\x1b\x11";

class Softkey {
 public:
  struct Options {
    std::string pin = "123456";  // empty: no PIN set
    std::string touch = "auto";
    std::string ctap = "2.1";
    bool empty = false;
    bool blank = false;                  // without a credential, as it comes from the shop
    std::vector<std::string> more = {};  // flags of `softkey serve`
  };

  Softkey() : Softkey(Options()) {}
  explicit Softkey(const Options& options);

  std::string socket() const { return folder_ / "key.sock"; }
  std::string device() const { return "unix:" + socket(); }
  const std::string& public_key_pem() const { return public_key_pem_; }
  const std::string& credential_id() const { return credential_id_; }  // base64url

  std::string File() const { return ReadFile(folder_ / "key.json"); }
  bool WaitForLog(const std::string& line) { return process_->WaitForErr(line); }
  std::string Log() const { return process_->Err(); }

 private:
  TemporaryFolder folder_;
  std::string public_key_pem_, credential_id_;
  std::unique_ptr<Subprocess> process_;
};

}  // namespace vouch
