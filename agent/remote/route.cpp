#include "remote/route.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "remote/curl_url.h"
#include "remote/http.h"

namespace vouch {
namespace {

// An empty variable counts as unset, as libcurl has it.
std::string FirstVariable(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return {};
}

// A literal IPv4 address; nothing for a name. (Those of IPv6 are compared as text.)
std::optional<std::uint32_t> AddressOf(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

bool CoversAddress(const std::string& entry, std::uint32_t address) {
  constexpr unsigned kBits = 32;
  const std::size_t slash = entry.find('/');
  const std::optional<std::uint32_t> block = AddressOf(entry.substr(0, slash));
  if (!block) return false;
  unsigned bits = kBits;
  if (slash != std::string::npos) {
    const char* end = entry.data() + entry.size();
    if (std::from_chars(entry.data() + slash + 1, end, bits).ptr != end || bits > kBits) return false;
  }
  return bits == 0 || (*block >> (kBits - bits)) == (address >> (kBits - bits));
}

std::string LowerName(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool CoversName(std::string_view entry, const std::string& name) {
  if (entry.starts_with('.')) entry.remove_prefix(1);
  const std::string wanted = LowerName(entry);
  return !wanted.empty() && (name == wanted || name.ends_with("." + wanted));
}

bool GoesWithoutProxy(const std::string& host, const std::string& no_proxy) {
  if (no_proxy == "*") return true;
  const std::optional<std::uint32_t> address = AddressOf(host);
  const std::string name = LowerName(host);
  for (std::size_t begin = 0; begin < no_proxy.size();) {
    const std::size_t end = std::min(no_proxy.find_first_of(", \t", begin), no_proxy.size());
    const std::string entry = no_proxy.substr(begin, end - begin);
    begin = end + 1;
    if (address ? CoversAddress(entry, *address) : CoversName(entry, name)) return true;
  }
  return false;
}

std::string WithoutPassword(const std::string& proxy) {
  CurlUrl parsed(curl_url());
  const bool has_scheme = proxy.find("://") != std::string::npos;
  if (curl_url_set(parsed.get(), CURLUPART_URL, (has_scheme ? proxy : "http://" + proxy).c_str(), CURLU_NON_SUPPORT_SCHEME) !=
      CURLUE_OK)
    return "?";
  const std::string port = PartOf(parsed, CURLUPART_PORT);
  return PartOf(parsed, CURLUPART_SCHEME) + "://" + PartOf(parsed, CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

}  // namespace

Route RouteTo(const Url& url, const NetworkSettings& settings) {
  Route route;
  route.ca_bundle = settings.ca_bundle.empty() ? FirstVariable({"SSL_CERT_FILE"}) : settings.ca_bundle;
  std::string proxy = settings.proxy;
  if (proxy.empty()) proxy = FirstVariable({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  if (proxy.empty() || IsLoopbackHost(url.host)) return route;
  const std::string no_proxy = settings.no_proxy.empty() ? FirstVariable({"no_proxy", "NO_PROXY"}) : settings.no_proxy;
  if (!GoesWithoutProxy(url.host, no_proxy)) route.proxy = WithoutPassword(proxy);
  return route;
}

}  // namespace vouch
