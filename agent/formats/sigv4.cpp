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

std::string EncodeQuery(const NameValues& query, bool sorted) {
  NameValues encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) encoded.emplace_back(PercentEncode(name), PercentEncode(value));
  if (sorted) std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
  return out;
}

std::string Scope(const SigV4Request& request) {
  return FormatAmzDate(request.now).substr(0, kDateDigits) + "/" + request.region + "/" + request.service +
         "/aws4_request";
}

// HMAC over `message` with `key`, which is wiped.
std::string NextKey(std::string key, std::string_view message) {
  std::string next = HmacSha256(key, message);
  Wipe(key);
  return next;
}

std::string Signature(const SigV4Request& request, const SigningKeys& keys, const std::string& string_to_sign) {
  std::string key;
  key.reserve(4 + keys.secret_access_key.size());  // growing would leave a copy of the secret behind
  key.append("AWS4").append(keys.secret_access_key);
  key = NextKey(std::move(key), FormatAmzDate(request.now).substr(0, kDateDigits));
  key = NextKey(std::move(key), request.region);
  key = NextKey(std::move(key), request.service);
  key = NextKey(std::move(key), "aws4_request");
  return HexEncode(NextKey(std::move(key), string_to_sign));
}

}  // namespace

std::string CanonicalRequest(const SigV4Request& request, const std::string& payload_hash_hex) {
  Headers headers = CanonicalHeaders(request);
  std::string out = request.method + "\n" + CanonicalPath(request) + "\n" + EncodeQuery(request.query, true) + "\n";
  for (const auto& [name, value] : headers) out.append(name).append(":").append(value).append("\n");
  return out + "\n" + SignedHeaders(headers) + "\n" + payload_hash_hex;
}

std::string StringToSign(const SigV4Request& request, const std::string& canonical_request) {
  return std::string(kAlgorithm) + "\n" + FormatAmzDate(request.now) + "\n" + Scope(request) + "\n" +
         HexEncode(Sha256(canonical_request));
}

NameValues SignHeaders(const SigV4Request& request, const SigningKeys& keys) {
  NameValues added = {{"x-amz-date", FormatAmzDate(request.now)}};
  if (!keys.session_token.empty()) added.emplace_back("x-amz-security-token", keys.session_token);
  SigV4Request whole = request;
  whole.headers.insert(whole.headers.end(), added.begin(), added.end());
  std::string canonical = CanonicalRequest(whole, HexEncode(Sha256(whole.body)));
  std::string signature = Signature(whole, keys, StringToSign(whole, canonical));
  std::string authorization = std::string(kAlgorithm) + " Credential=" + std::string(keys.access_key_id) + "/" +
                              Scope(whole) + ", SignedHeaders=" + SignedHeaders(CanonicalHeaders(whole)) +
                              ", Signature=" + signature;
  added.insert(added.begin(), {"authorization", authorization});
  return added;
}

std::string PresignUrl(const SigV4Request& request, const SigningKeys& keys, int expires_seconds) {
  SigV4Request whole = request;
  NameValues& query = whole.query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", std::string(keys.access_key_id) + "/" + Scope(request));
  query.emplace_back("X-Amz-Date", FormatAmzDate(request.now));
  query.emplace_back("X-Amz-Expires", std::to_string(expires_seconds));
  query.emplace_back("X-Amz-SignedHeaders", SignedHeaders(CanonicalHeaders(request)));
  if (!keys.session_token.empty()) query.emplace_back("X-Amz-Security-Token", keys.session_token);
  std::string payload = IsS3(request) ? "UNSIGNED-PAYLOAD" : HexEncode(Sha256(request.body));
  std::string signature = Signature(whole, keys, StringToSign(whole, CanonicalRequest(whole, payload)));
  return "https://" + request.host + (request.path.empty() ? "/" : request.path) + "?" + EncodeQuery(query, false) +
         "&X-Amz-Signature=" + signature;
}

}  // namespace vouch
