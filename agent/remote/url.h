// URLs, taken apart once and checked once; everything that goes on the network passes through here.
#pragma once

#include <string>
#include <string_view>

namespace vouch {

struct Url {
  std::string scheme;     // "https" or "http"
  std::string host;       // lower case, IPv6 without brackets
  std::string authority;  // host[:port], port only when it is not the scheme's own; IPv6 in brackets
  std::string path;       // "/" when empty
  std::string query;      // without "?"
};

// https anywhere, http to loopback only; no user info, no fragment. Throws REASON_CONFIGURATION.
Url ParseUrl(std::string_view text);

// A Vouch server's base URL: validated, trailing slashes cut off. The only type that the Vouch client takes.
class ServerUrl {
 public:
  // Throws REASON_CONFIGURATION.
  explicit ServerUrl(std::string_view text);

  const std::string& text() const { return text_; }  // also the issuer and the audience of client assertions
  const std::string& key() const { return key_; }    // host[:port] and the path, if any; names the server in the state file
  std::string At(std::string_view path) const { return text_ + std::string(path); }

 private:
  std::string text_;
  std::string key_;
};

}  // namespace vouch
