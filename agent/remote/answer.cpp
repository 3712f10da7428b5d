#include "remote/answer.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/time_format.h"
#include "formats/json_text.h"

namespace vouch {
namespace {

using nlohmann::json;

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }

// The length of the control character that `text` begins with, 0 where it begins with another one. The JSON parser has refused
// what is not UTF-8; U+0080 to U+009F are control characters too.
std::size_t ControlAt(std::string_view text) {
  if (IsControl(static_cast<unsigned char>(text[0]))) return 1;
  return text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0 ? 2 : 0;
}

bool HasControl(std::string_view text) {
  for (; !text.empty(); text.remove_prefix(1))
    if (ControlAt(text) > 0) return true;
  return false;
}

bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// What a proxy or a login page put in between is not taken for an answer, even where it is JSON.
bool ClaimsAnotherType(const HttpResponse& response) {
  auto type = response.Header("content-type");
  if (!type) return false;
  std::string name = LowerAscii(type->substr(0, type->find(';')));
  while (name.ends_with(' ') || name.ends_with('\t')) name.pop_back();
  return name != "application/json" && !name.ends_with("+json");
}

}  // namespace

std::string LowerAscii(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

void ThrowBadAnswer(const ServerUrl& server, const std::string& sent) {
  throw Error(REASON_BAD_ANSWER, server.key() + " sent " + sent, "is this a Vouch server?");
}

Answer::Answer(HttpResponse& response, const ServerUrl& server) : server_(server) {
  if (!ClaimsAnotherType(response)) members_ = ParseJson(response.body);
  Wipe(response.body);
  if (!members_.is_object()) ThrowBadAnswer(server, "something that is not a JSON object");
}

Answer::Answer(const json& members, const ServerUrl& server) : server_(server), members_(members) {
  if (!members_.is_object()) ThrowBadAnswer(server, "a list of something that is not objects");
}

void Answer::Refuse(const char* member) const {
  ThrowBadAnswer(server_, std::string("an answer without a usable \"") + member + "\"");
}

const json* Answer::Find(const char* member) const {
  auto found = members_.find(member);
  return found == members_.end() || found->is_null() ? nullptr : &*found;
}

std::string Answer::TextOrEmpty(const char* member, std::size_t longest) const {
  const json* found = Find(member);
  if (found == nullptr) return {};
  if (!found->is_string()) Refuse(member);
  const auto& text = found->get_ref<const std::string&>();
  if (text.size() > longest || HasControl(text)) Refuse(member);
  return text;
}

std::string Answer::Text(const char* member, std::size_t longest) const {
  std::string text = TextOrEmpty(member, longest);
  if (text.find_first_not_of(' ') == std::string::npos) Refuse(member);
  return text;
}

std::optional<std::int64_t> Answer::TimeIfAny(const char* member) const {
  const json* found = Find(member);
  return found != nullptr && found->is_string() ? ParseRfc3339(found->get_ref<const std::string&>()) : std::nullopt;
}

std::string Answer::LabelOrEmpty(const char* member) const {
  constexpr std::size_t kLongest = 400;  // 100 characters of four bytes
  const json* found = Find(member);
  if (found == nullptr) return {};
  if (!found->is_string()) Refuse(member);
  std::string_view text = found->get_ref<const std::string&>();
  std::string label;
  while (!text.empty()) {
    const std::size_t control = ControlAt(text);
    std::size_t size = std::max<std::size_t>(control, 1);
    while (control == 0 && size < text.size() && (text[size] & 0xc0) == 0x80) ++size;
    if (label.size() + size > kLongest) break;
    label += control > 0 ? "?" : text.substr(0, size);
    text.remove_prefix(size);
  }
  return label;
}

std::string Answer::Label(const char* member) const {
  if (Find(member) == nullptr) Refuse(member);
  return LabelOrEmpty(member);
}

std::string Answer::Word(const char* member, std::size_t longest) const {
  std::string text = Text(member, longest);
  if (!IsWord(text)) Refuse(member);
  return text;
}

std::string Answer::WebPageOrEmpty(const char* member) const {
  std::string text = TextOrEmpty(member, 2048);
  if (text.empty()) return text;
  if (!IsWord(text) || text.find_first_of("\"'`<>\\") != std::string::npos) Refuse(member);
  try {
    ParseUrl(text.substr(0, text.find('#')));
  } catch (const Error&) {
    Refuse(member);
  }
  return text;
}

std::string Answer::WebPage(const char* member) const {
  std::string text = WebPageOrEmpty(member);
  if (text.empty()) Refuse(member);
  return text;
}

Secret Answer::TakeSecret(const char* member) {
  constexpr std::size_t kLongestToken = 64 * 1024;
  auto found = members_.find(member);
  if (found == members_.end() || !found->is_string()) Refuse(member);
  auto& text = found->get_ref<std::string&>();
  const bool usable = !text.empty() && text.size() <= kLongestToken && IsWord(text);
  Secret secret(usable ? text : std::string_view());
  Wipe(text);
  if (!usable) Refuse(member);
  return secret;
}

bool Answer::BoolOr(const char* member, bool otherwise) const {
  const json* found = Find(member);
  if (found == nullptr) return otherwise;
  if (!found->is_boolean()) Refuse(member);
  return found->get<bool>();
}

bool Answer::Bool(const char* member) const {
  if (Find(member) == nullptr) Refuse(member);
  return BoolOr(member, false);
}

std::int64_t Answer::NumberOr(const char* member, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
  const json* found = Find(member);
  if (found == nullptr) return otherwise;
  if (!found->is_number_integer()) Refuse(member);
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > kLargest) return most;
  return std::clamp(found->get<std::int64_t>(), least, most);
}

std::int64_t Answer::Number(const char* member, std::int64_t least, std::int64_t most) const {
  if (Find(member) == nullptr) Refuse(member);
  return NumberOr(member, least, least, most);
}

const json& Answer::Array(const char* member, std::size_t longest) const {
  const json* found = Find(member);
  if (found == nullptr || !found->is_array() || found->size() > longest) Refuse(member);
  return *found;
}

std::string Answer::BytesOf(const json& numbers, const char* member, std::size_t least, std::size_t most) const {
  if (!numbers.is_array() || numbers.size() < least || numbers.size() > most) Refuse(member);
  std::string bytes;
  for (const json& number : numbers) {
    if (!number.is_number_unsigned() || number.get<std::uint64_t>() > 255) Refuse(member);
    bytes += static_cast<char>(number.get<unsigned char>());
  }
  return bytes;
}

std::string Answer::RawBytes(const char* member, std::size_t least, std::size_t most) const {
  const json* found = Find(member);
  if (found == nullptr) Refuse(member);
  return BytesOf(*found, member, least, most);
}

std::vector<std::string> Answer::ListOfRawBytes(const char* member, std::size_t longest_list, std::size_t most) const {
  std::vector<std::string> list;
  for (const json& item : Array(member, longest_list)) list.push_back(BytesOf(item, member, 1, most));
  return list;
}

json RawNumbers(std::string_view bytes) {
  json numbers = json::array();
  for (char c : bytes) numbers.push_back(static_cast<unsigned char>(c));
  return numbers;
}

std::string JsonText(const json& body) { return body.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace vouch
