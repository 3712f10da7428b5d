#include "exec_info.h"

#include <algorithm>

#include "failure.h"

namespace vouch {
namespace {

constexpr std::string_view kV1 = "client.authentication.k8s.io/v1";
constexpr std::string_view kV1Beta1 = "client.authentication.k8s.io/v1beta1";
constexpr int kMaxDepth = 64;  // the real thing is about 6 deep; this bounds our stack

// A validating reader. Every Read… consumes one construct and says whether it was well-formed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ReadDocument() {
    SkipSpace();
    if (!StartsWith('{') || !ReadValue()) return false;
    SkipSpace();
    return rest_.empty();
  }

  const std::optional<std::string>& api_version() const { return api_version_; }

 private:
  bool StartsWith(char character) const { return !rest_.empty() && rest_.front() == character; }

  void SkipSpace() {
    const std::size_t end = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  bool Take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool ReadValue() {
    SkipSpace();
    if (depth_ == kMaxDepth || rest_.empty()) return false;
    std::string ignored;
    switch (rest_.front()) {
      case '{': return ReadList('{', '}');
      case '[': return ReadList('[', ']');
      case '"': return ReadString(ignored);
      case 't': return Take("true");
      case 'f': return Take("false");
      case 'n': return Take("null");
      default: return ReadNumber();
    }
  }

  bool ReadList(char open, char close) {
    rest_.remove_prefix(1);
    ++depth_;
    SkipSpace();
    bool more = !StartsWith(close);
    while (more) {
      if (!(open == '{' ? ReadMember() : ReadValue())) return false;
      SkipSpace();
      more = Take(",");
    }
    --depth_;
    return Take(std::string_view(&close, 1));
  }

  bool ReadMember() {
    std::string name;
    SkipSpace();
    if (!ReadString(name)) return false;
    SkipSpace();
    if (!Take(":")) return false;
    SkipSpace();
    if (depth_ != 1 || name != "apiVersion") return ReadValue();
    api_version_.reset();
    if (!StartsWith('"')) return ReadValue();
    return ReadString(api_version_.emplace());
  }

  bool ReadString(std::string& value) {
    if (!Take("\"")) return false;
    while (!rest_.empty()) {
      const char character = rest_.front();
      rest_.remove_prefix(1);
      if (character == '"') return true;
      if (static_cast<unsigned char>(character) < 0x20) return false;
      if (character != '\\') {
        value += character;
      } else if (!ReadEscape(value)) {
        return false;
      }
    }
    return false;
  }

  bool ReadEscape(std::string& value) {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (Take("u")) return ReadUnicodeEscape(value);
    const std::size_t index = rest_.empty() ? std::string_view::npos : kEscapes.find(rest_.front());
    if (index == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    value += kMeanings[index];
    return true;
  }

  // What we compare is ASCII: anything beyond becomes a byte that no version contains.
  bool ReadUnicodeEscape(std::string& value) {
    constexpr std::size_t kDigits = 4;
    if (rest_.size() < kDigits) return false;
    unsigned code = 0;
    for (const char digit : rest_.substr(0, kDigits)) {
      const char lower = static_cast<char>(digit | 0x20);
      const bool decimal = digit >= '0' && digit <= '9';
      if (!decimal && (lower < 'a' || lower > 'f')) return false;
      code = code * 16 + static_cast<unsigned>(decimal ? digit - '0' : lower - 'a' + 10);
    }
    rest_.remove_prefix(kDigits);
    value += code < 0x80 ? static_cast<char>(code) : '?';
    return true;
  }

  std::size_t TakeDigits() {
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end;
  }

  bool ReadNumber() {
    Take("-");
    if (!Take("0") && TakeDigits() == 0) return false;
    if (Take(".") && TakeDigits() == 0) return false;
    if (!Take("e") && !Take("E")) return true;
    if (!Take("+")) Take("-");
    return TakeDigits() > 0;
  }

  std::string_view rest_;
  int depth_ = 0;
  std::optional<std::string> api_version_;
};

}  // namespace

std::optional<std::string> FindApiVersion(std::string_view json) {
  Scanner scanner(json);
  return scanner.ReadDocument() ? scanner.api_version() : std::nullopt;
}

std::string ApiVersionFor(const char* exec_info) {
  std::optional<std::string> version;
  if (exec_info != nullptr) version = FindApiVersion(exec_info);
  if (!version) return std::string(kV1Beta1);
  if (*version == kV1 || *version == kV1Beta1) return *version;
  throw Failure(REASON_CONFIGURATION, "kubectl asks for API version " + *version,
                "in the kubeconfig, set the exec entry's apiVersion to " + std::string(kV1Beta1));
}

}  // namespace vouch
