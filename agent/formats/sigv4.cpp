#include "formats/sigv4.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/secret.h"
#include "base/time_format.h"

namespace vouch {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kDateDigits = 8;  // 20261124

using Headers = std::map<std::string, std::string>;  // sorted by name, as the signature wants them

// S3 signs paths and presigned bodies in its own way.
bool IsS3(const SigV4Request& request) { return request.service == "s3"; }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// No blanks at the ends, one space instead of each run of them.
std::string FoldBlanks(std::string_view value) {
  std::string out;
  bool gap = false;
  for (char c : value) {
    if (c == ' ' || c == '\t') {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
  return out;
}

Headers CanonicalHeaders(const SigV4Request& request) {
  Headers headers{{"host", FoldBlanks(request.host)}};
  for (const auto& [name, value] : request.headers) {
    auto [place, fresh] = headers.emplace(Lower(name), FoldBlanks(value));
    if (!fresh) place->second += "," + FoldBlanks(value);
  }
  return headers;
}

std::string SignedHeaders(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out += (out.empty() ? "" : ";") + name;
  return out;
}

// Dot segments resolved and repeated slashes made one, as all services but S3 do before they check.
std::string NormalizedPath(std::string_view path) {
  std::vector<std::string_view> segments;
  for (std::size_t begin = 0; begin <= path.size();) {
    std::size_t end = std::min(path.find('/', begin), path.size());
    std::string_view segment = path.substr(begin, end - begin);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    begin = end + 1;
  }
  std::string out;
  for (std::string_view segment : segments) out.append("/").append(segment);
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

std::string CanonicalPath(const SigV4Request& request) {
  if (IsS3(request)) return request.path.empty() ? "/" : request.path;
  std::string out;
  for (char c : NormalizedPath(request.path)) out += c == '/' ? "/" : PercentEncode({&c, 1});
  return out;
}

// A query as it goes on the wire, each parameter encoded once.
class EncodedQuery {
 public:
  explicit EncodedQuery(const NameValues& query) {
    for (const auto& [name, value] : query) Add(name, value);
  }

  void Add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_.append(PercentEncode(name)).append("=").append(PercentEncode(value));
  }

  const std::string& text() const { return text_; }

  // By name, then by value. No encoded name or value has a "&" or "=", so the text can be taken apart again.
  std::string Sorted() const {
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
    const std::string_view text = text_;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t middle = text.find('=', begin);
      const std::size_t end = std::min(text.find('&', middle), text.size());
      parameters.emplace_back(text.substr(begin, middle - begin), text.substr(middle + 1, end - middle - 1));
      begin = end + 1;
    }
    std::sort(parameters.begin(), parameters.end());
    std::string out;
    out.reserve(text.size());
    for (const auto& [name, value] : parameters)
      out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
    return out;
  }

 private:
  std::string text_;
};

// When a signature is made and what it is good for, as text.
struct Stamp {
  explicit Stamp(const SigV4Request& request)
      : time(FormatAmzDate(request.now)),
        scope(std::string(day()) + "/" + request.region + "/" + request.service + "/aws4_request") {}

  std::string_view day() const { return std::string_view(time).substr(0, kDateDigits); }

  std::string time;
  std::string scope;
};

std::string Credential(const SigningKeys& keys, const Stamp& stamp) {
  return std::string(keys.access_key_id) + "/" + stamp.scope;
}

std::string Canonical(const SigV4Request& request, const EncodedQuery& query, const Headers& headers,
                      std::string_view payload_hash_hex) {
  std::string out = request.method + "\n" + CanonicalPath(request) + "\n" + query.Sorted() + "\n";
  for (const auto& [name, value] : headers) out.append(name).append(":").append(value).append("\n");
  return out.append("\n").append(SignedHeaders(headers)).append("\n").append(payload_hash_hex);
}

std::string ToSign(const Stamp& stamp, std::string_view canonical_request) {
  return std::string(kAlgorithm) + "\n" + stamp.time + "\n" + stamp.scope + "\n" + HexEncode(Sha256(canonical_request));
}

std::string Signature(const SigV4Request& request, const SigningKeys& keys, const Stamp& stamp,
                      std::string_view canonical_request) {
  std::string key;
  key.reserve(4 + keys.secret_access_key.size());  // growing would leave a copy of the secret behind
  key.append("AWS4").append(keys.secret_access_key);
  std::string signature = HmacSha256Chain(
      key, {stamp.day(), request.region, request.service, "aws4_request", ToSign(stamp, canonical_request)});
  Wipe(key);
  return HexEncode(signature);
}

}  // namespace

std::string CanonicalRequest(const SigV4Request& request, const std::string& payload_hash_hex) {
  return Canonical(request, EncodedQuery(request.query), CanonicalHeaders(request), payload_hash_hex);
}

std::string StringToSign(const SigV4Request& request, const std::string& canonical_request) {
  return ToSign(Stamp(request), canonical_request);
}

NameValues SignHeaders(const SigV4Request& request, const SigningKeys& keys) {
  const Stamp stamp(request);
  NameValues added = {{"x-amz-date", stamp.time}};
  if (!keys.session_token.empty()) added.emplace_back("x-amz-security-token", keys.session_token);
  SigV4Request whole = request;
  whole.headers.insert(whole.headers.end(), added.begin(), added.end());
  const Headers headers = CanonicalHeaders(whole);
  std::string canonical = Canonical(whole, EncodedQuery(whole.query), headers, HexEncode(Sha256(whole.body)));
  std::string authorization = std::string(kAlgorithm) + " Credential=" + Credential(keys, stamp) +
                              ", SignedHeaders=" + SignedHeaders(headers) +
                              ", Signature=" + Signature(whole, keys, stamp, canonical);
  added.insert(added.begin(), {"authorization", authorization});
  return added;
}

std::string PresignUrl(const SigV4Request& request, const SigningKeys& keys, int expires_seconds) {
  const Stamp stamp(request);
  const Headers headers = CanonicalHeaders(request);
  EncodedQuery query(request.query);
  query.Add("X-Amz-Algorithm", kAlgorithm);
  query.Add("X-Amz-Credential", Credential(keys, stamp));
  query.Add("X-Amz-Date", stamp.time);
  query.Add("X-Amz-Expires", std::to_string(expires_seconds));
  query.Add("X-Amz-SignedHeaders", SignedHeaders(headers));
  if (!keys.session_token.empty()) query.Add("X-Amz-Security-Token", keys.session_token);
  std::string payload = IsS3(request) ? "UNSIGNED-PAYLOAD" : HexEncode(Sha256(request.body));
  std::string signature = Signature(request, keys, stamp, Canonical(request, query, headers, payload));
  return "https://" + request.host + (request.path.empty() ? "/" : request.path) + "?" + query.text() +
         "&X-Amz-Signature=" + signature;
}

}  // namespace vouch
