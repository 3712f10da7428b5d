#include "formats/sts_response.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <pugixml.hpp>

#include "base/error.h"
#include "base/time_format.h"

namespace vouch {
namespace {

constexpr std::size_t kMaxCodeBytes = 128;

[[noreturn]] void Refuse(const std::string& why) {
  throw Error(REASON_BAD_ANSWER, "AWS STS sent an answer that cannot be read: " + why);
}

bool IsVisible(char c) { return c > 0x20 && c < 0x7f; }

// A parsed document over its own copy of the text. pugixml parses in place, so every value lies in the copy, which is
// wiped at the end.
class Document {
 public:
  explicit Document(std::string_view xml) : text_(xml) {
    pugi::xml_parse_result result = document_.load_buffer_inplace(
        text_.data(), text_.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_utf8);
    valid_ = result && HasOneRoot();
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { Wipe(text_); }

  // Well-formed, one root element, no document type: STS never sends one, and all entity tricks need it.
  bool valid() const { return valid_; }

  // The first element of that name in document order; empty when there is none.
  pugi::xml_node Find(std::string_view name) const {
    return document_.find_node([name](const pugi::xml_node& node) { return node.name() == name; });
  }

 private:
  bool HasOneRoot() const {
    int elements = 0;
    for (const pugi::xml_node& node : document_.children()) {
      if (node.type() == pugi::node_doctype) return false;
      if (node.type() == pugi::node_element) ++elements;
    }
    return elements == 1;
  }

  std::string text_;
  pugi::xml_document document_;
  bool valid_ = false;
};

// The text of a child element; empty when it is absent, repeated, or holds anything but one piece of text.
std::string_view ChildText(const pugi::xml_node& parent, const char* name) {
  pugi::xml_node child = parent.child(name);
  if (!child || child.next_sibling(name) || child.first_child() != child.last_child()) return {};
  return child.child_value();
}

// A credential goes into headers and URLs: visible ASCII, not empty.
std::string_view RequireCredential(const pugi::xml_node& credentials, const char* name) {
  std::string_view text = ChildText(credentials, name);
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsVisible)) Refuse(std::string(name) + " is missing");
  return text;
}

// Told to people only, so what cannot be read counts as absent.
int PackedPolicyPercent(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 ? value : 0;
}

bool IsErrorCode(std::string_view code) {
  return !code.empty() && code.size() <= kMaxCodeBytes && std::all_of(code.begin(), code.end(), IsVisible);
}

// One line of ASCII, safe for a terminal and for a protobuf string.
std::string OneLine(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (!IsVisible(c)) c = ' ';
  return out;
}

}  // namespace

StsCredentials ParseStsCredentials(std::string_view xml) {
  Document document(xml);
  if (!document.valid()) Refuse("it is not XML");
  pugi::xml_node credentials = document.Find("Credentials");
  if (!credentials) Refuse("it has no Credentials");
  StsCredentials out;
  out.access_key_id = RequireCredential(credentials, "AccessKeyId");
  out.secret_access_key = Secret(RequireCredential(credentials, "SecretAccessKey"));
  out.session_token = Secret(RequireCredential(credentials, "SessionToken"));
  std::optional<std::int64_t> expires = ParseRfc3339(RequireCredential(credentials, "Expiration"));
  if (!expires) Refuse("Expiration is not a time");
  out.expires_at = *expires;
  pugi::xml_node result = credentials.parent();
  out.assumed_role_arn = OneLine(ChildText(result.child("AssumedRoleUser"), "Arn"));
  out.packed_policy_percent = PackedPolicyPercent(ChildText(result, "PackedPolicySize"));
  return out;
}

StsError ParseStsError(std::string_view xml) {
  Document document(xml);
  if (!document.valid()) return {};
  pugi::xml_node error = document.Find("Error");
  std::string_view code = ChildText(error, "Code");
  if (!IsErrorCode(code)) return {};
  return {std::string(code), OneLine(ChildText(error, "Message"))};
}

}  // namespace vouch
