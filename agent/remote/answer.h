// The members of a Vouch server's answers, each checked as it is taken out. Used by vouch_api and vouch_keys_api only. All of
// it throws REASON_BAD_ANSWER; no message quotes what the server sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "remote/http.h"
#include "remote/url.h"

namespace vouch {

class Answer {
 public:
  // Of a 2xx answer: one JSON object, told as JSON where the server tells a type. The response's text is wiped.
  Answer(HttpResponse& response, const ServerUrl& server);
  // A part of another answer; must be an object.
  Answer(const nlohmann::json& members, const ServerUrl& server);

  // Text that is not empty, without control characters, of at most `longest` bytes (UTF-8).
  std::string Text(const char* member, std::size_t longest = kLongestText) const;
  // The same where it may be missing, null or empty.
  std::string TextOrEmpty(const char* member, std::size_t longest = kLongestText) const;
  // What people have named: control characters become "?", what is too long is cut. May be empty, or missing too.
  std::string Label(const char* member) const;
  std::string LabelOrEmpty(const char* member) const;
  // Text of printable ASCII without spaces: ids, states, host names.
  std::string Word(const char* member, std::size_t longest) const;
  // A page that people are sent to: https, or http to loopback.
  std::string WebPage(const char* member) const;
  std::string WebPageOrEmpty(const char* member) const;
  // A token. Its text in here is wiped.
  Secret TakeSecret(const char* member);
  bool Bool(const char* member) const;
  bool BoolOr(const char* member, bool otherwise) const;
  // RFC 3339 text as Unix seconds; nothing for anything else, for servers say it in more than one way.
  std::optional<std::int64_t> TimeIfAny(const char* member) const;
  // A whole number, moved into `least` to `most`. Another type throws.
  std::int64_t Number(const char* member, std::int64_t least, std::int64_t most) const;
  std::int64_t NumberOr(const char* member, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
  // "Raw" bytes (protocol reference 1.8): an array of `least` to `most` numbers from 0 to 255.
  std::string RawBytes(const char* member, std::size_t least, std::size_t most) const;
  std::vector<std::string> ListOfRawBytes(const char* member, std::size_t longest_list, std::size_t most) const;
  const nlohmann::json& Array(const char* member, std::size_t longest) const;

  [[noreturn]] void Refuse(const char* member) const;

  static constexpr std::size_t kLongestText = 1024;

 private:
  const nlohmann::json* Find(const char* member) const;  // nullptr also for null
  std::string BytesOf(const nlohmann::json& numbers, const char* member, std::size_t least, std::size_t most) const;

  const ServerUrl& server_;
  nlohmann::json members_;
};

std::string LowerAscii(std::string text);

// The request's side of "raw" bytes.
nlohmann::json RawNumbers(std::string_view bytes);

// A request's body; bytes that are not UTF-8 (a host name's) are replaced.
std::string JsonText(const nlohmann::json& body);

// Names the server; `sent` completes "<server> sent …".
[[noreturn]] void ThrowBadAnswer(const ServerUrl& server, const std::string& sent);

}  // namespace vouch
