#include "formats/http_signature.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/error.h"

namespace vouch {
namespace {

using Components = std::vector<std::pair<std::string_view, std::string>>;  // identifier, value

struct UrlParts {
  std::string authority;  // lower case, without user info and default port
  std::string path;       // at least "/"
  std::string query;      // with its "?"; "?" when there is none
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return Lower(c); });
  return out;
}

// @authority as RFC 9421 section 2.2.3 normalises it.
std::string Authority(std::string_view text, std::string_view scheme) {
  std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) text.remove_prefix(at + 1);
  std::string host = Lower(text);
  std::string_view default_port = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(default_port)) host.resize(host.size() - default_port.size());
  if (host.ends_with(':')) host.pop_back();
  if (host.empty()) throw Error(REASON_INTERNAL, "HTTP signature: the URL has no host");
  return host;
}

UrlParts Split(std::string_view url) {
  url = url.substr(0, url.find('#'));
  std::size_t colon = url.find("://");
  std::string scheme = Lower(url.substr(0, colon));
  if (colon == std::string_view::npos || (scheme != "http" && scheme != "https"))
    throw Error(REASON_INTERNAL, "HTTP signature: the URL is not an absolute http or https URL");
  url.remove_prefix(colon + 3);
  std::size_t authority_end = std::min(url.find_first_of("/?"), url.size());
  std::size_t path_end = std::min(url.find('?'), url.size());
  UrlParts parts;
  parts.authority = Authority(url.substr(0, authority_end), scheme);
  parts.path = url.substr(authority_end, path_end - authority_end);
  if (parts.path.empty()) parts.path = "/";
  parts.query = path_end == url.size() ? "?" : url.substr(path_end);
  return parts;
}

// RFC 9421 section 2.1: blanks at both ends do not count.
std::string Trimmed(std::string_view value) {
  std::size_t begin = std::min(value.find_first_not_of(" \t"), value.size());
  std::size_t end = value.find_last_not_of(" \t") + 1;
  return begin < end ? std::string(value.substr(begin, end - begin)) : std::string();
}

std::string ContentDigest(std::string_view body) { return "sha-256=:" + Base64Encode(Sha256(body)) + ":"; }

void RequirePrintable(std::string_view name, std::string_view value) {
  if (!std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }))
    throw Error(REASON_INTERNAL, "HTTP signature: " + std::string(name) + " has a byte outside 0x20..0x7e");
}

Components CoveredComponents(const SignedRequest& request) {
  UrlParts url = Split(request.url);
  Components covered = {{"@method", request.method},
                        {"@authority", url.authority},
                        {"@path", url.path},
                        {"@query", url.query},
                        {"authorization", Trimmed(request.authorization)}};
  if (!request.dpop.empty()) covered.emplace_back("dpop", Trimmed(request.dpop));
  if (!request.body.empty()) {
    if (request.content_type.empty()) throw Error(REASON_INTERNAL, "HTTP signature: a body without a content type");
    covered.emplace_back("content-type", Trimmed(request.content_type));
    covered.emplace_back("content-digest", ContentDigest(request.body));
  }
  for (const auto& [name, value] : covered) RequirePrintable(name, value);
  return covered;
}

// A string of RFC 8941 section 3.3.3.
std::string SfString(std::string_view text) {
  RequirePrintable("keyid", text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// The inner list with its parameters (RFC 9421 section 2.3).
std::string SignatureParams(const Components& covered, const SignedRequest& request, const std::string& keyid) {
  std::string out = "(";
  for (const auto& [name, value] : covered) {
    if (out.size() > 1) out += ' ';
    out.append("\"").append(name).append("\"");
  }
  out += ");alg=\"ecdsa-p256-sha256\";created=" + std::to_string(request.created);
  return out + ";keyid=" + SfString(keyid);
}

std::string Base(const Components& covered, const std::string& params) {
  std::string out;
  for (const auto& [name, value] : covered) out.append("\"").append(name).append("\": ").append(value).append("\n");
  return out + "\"@signature-params\": " + params;
}

}  // namespace

std::string HttpSignatureBase(const SignedRequest& request, const std::string& keyid) {
  Components covered = CoveredComponents(request);
  return Base(covered, SignatureParams(covered, request, keyid));
}

SignatureHeaders SignHttpRequest(const ClientKey& key, const SignedRequest& request) {
  Components covered = CoveredComponents(request);
  std::string params = SignatureParams(covered, request, key.kid());
  std::string base = Base(covered, params);
  std::string signature = request.encoding == EcdsaEncoding::kRaw ? key.SignRaw(base) : key.SignDer(base);
  SignatureHeaders headers;
  headers.signature_input = "sig1=" + params;
  headers.signature = "sig1=:" + Base64Encode(signature) + ":";
  if (!request.body.empty()) headers.content_digest = ContentDigest(request.body);
  return headers;
}

}  // namespace vouch
