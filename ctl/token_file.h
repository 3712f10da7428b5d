// The file that holds the token of a credential endpoint, for AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE. Used by exec_refreshable.
#pragma once

#include <string>
#include <string_view>

#include "unique_fd.h"

namespace vouch {

// There for as long as the object. The file is 0600, without a newline, in a 0700 folder that is made beside the agent's socket;
// what dead processes left there is removed. REASON_CONFIGURATION when a folder belongs to somebody else, or is open to others.
class TokenFile {
 public:
  TokenFile(const std::string& socket_path, std::string_view token);
  ~TokenFile();
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;

  const std::string& path() const { return path_; }

  // In place, since a program reads it at any time; `token` is as long as the one before.
  void Rewrite(std::string_view token);

 private:
  std::string path_;
  UniqueFd file_;  // locked: this says that we live, also to those who cannot see our pid
};

}  // namespace vouch
