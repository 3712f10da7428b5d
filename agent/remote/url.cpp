#include "remote/url.h"

#include "base/error.h"
#include "remote/curl_url.h"
#include "remote/http.h"

namespace vouch {
namespace {

Error BadUrl(const std::string& why) {
  return Error(REASON_CONFIGURATION, "bad URL: " + why, "give it as https://host[:port]");
}

}  // namespace

Url ParseUrl(std::string_view text) {
  constexpr std::size_t kMaxUrl = 8192;
  if (text.empty() || text.size() > kMaxUrl) throw BadUrl("it is empty or too long");
  if (text.find('\0') != std::string_view::npos) throw BadUrl("it has a NUL in it");  // libcurl would see what stands before it
  if (!text.starts_with("https://") && !text.starts_with("http://")) throw BadUrl("it must begin with https://");
  if (text.substr(text.find("//")).starts_with("///")) throw BadUrl("it names no host");  // libcurl forgives this
  CurlUrl parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) throw BadUrl("it cannot be parsed");
  Url url;
  url.scheme = PartOf(parsed, CURLUPART_SCHEME);
  url.host = PartOf(parsed, CURLUPART_HOST);
  for (char& c : url.host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (url.host.empty()) throw BadUrl("it names no host");
  if (url.host.find('%') != std::string::npos || !PartOf(parsed, CURLUPART_ZONEID).empty()) throw BadUrl("its host has a % in it");  // also after libcurl has decoded one
  const std::string_view after_scheme = text.substr(text.find("//") + 2);
  if (after_scheme.substr(0, after_scheme.find_first_of("/?#")).find('@') != std::string_view::npos)
    throw BadUrl("it carries a user name");
  if (!PartOf(parsed, CURLUPART_FRAGMENT).empty()) throw BadUrl("it has a fragment (#)");
  const std::string port = PartOf(parsed, CURLUPART_PORT);
  url.authority = url.host;
  if (!port.empty() && port != (url.scheme == "https" ? "443" : "80")) url.authority += ":" + port;
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  url.path = PartOf(parsed, CURLUPART_PATH);
  url.query = PartOf(parsed, CURLUPART_QUERY);
  if (url.scheme == "http" && !IsLoopbackHost(url.host))
    throw Error(REASON_CONFIGURATION, "plain http to " + url.host + " is not allowed", "use https");
  return url;
}

ServerUrl::ServerUrl(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.empty()) throw Error(REASON_CONFIGURATION, "no Vouch server is configured", "give one: vouchctl login --server URL");
  const Url url = ParseUrl(text);
  if (!url.query.empty()) throw BadUrl("a server's URL has no query");
  // It is part of commands that people are told to type.
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/:[]";
  if ((url.authority + url.path).find_first_not_of(kPlain) != std::string::npos)
    throw BadUrl("a server's URL has letters, digits and -._~%/ only");
  key_ = url.authority + url.path;
  while (key_.ends_with('/')) key_.pop_back();  // also those that an empty query or a /.. has hidden
  text_ = url.scheme + "://" + key_;
}

}  // namespace vouch
