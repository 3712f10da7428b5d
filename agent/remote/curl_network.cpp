#include "remote/curl_network.h"

#include <curl/curl.h>
#include <sys/stat.h>

#include <cstdlib>

#include "base/error.h"
#include "remote/curl_url.h"
#include "remote/http.h"

namespace vouch {
namespace {

// The value may hold a password: it is never shown.
void CheckProxy(const std::string& proxy) {
  const bool known = proxy.starts_with("http://") || proxy.starts_with("https://") || proxy.starts_with("socks5h://");
  CurlUrl parsed(curl_url());
  if (!known || curl_url_set(parsed.get(), CURLUPART_URL, proxy.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
      PartOf(parsed, CURLUPART_HOST).empty() || !PartOf(parsed, CURLUPART_QUERY).empty() ||
      !PartOf(parsed, CURLUPART_FRAGMENT).empty())
    throw Error(REASON_CONFIGURATION, "network.proxy is not a proxy's URL",
                "give it as http://host:port, https://host:port or socks5h://host:port");
}

std::string StampOf(const Network& network) {
  struct stat file {};
  if (stat(network.settings.ca_bundle.c_str(), &file) != 0 || !S_ISREG(file.st_mode))
    throw Error(REASON_CONFIGURATION, network.ca_from + " names no file that can be read", "give the path of a PEM file");
#ifdef __APPLE__
  const timespec& changed = file.st_mtimespec;
#else
  const timespec& changed = file.st_mtim;
#endif
  return std::to_string(file.st_ino) + '/' + std::to_string(file.st_size) + '/' + std::to_string(changed.tv_sec) + '/' +
         std::to_string(changed.tv_nsec);
}

}  // namespace

Network ResolveNetwork(const NetworkSettings& settings) {
  Network network{settings, "network.ca_bundle", ""};
  if (network.settings.ca_bundle.empty()) {
    const char* from_environment = std::getenv("SSL_CERT_FILE");
    if (from_environment != nullptr) network.settings.ca_bundle = from_environment;
    network.ca_from = "SSL_CERT_FILE";
  }
  if (!settings.proxy.empty()) CheckProxy(settings.proxy);
  network.identity = settings.proxy + '\n' + settings.no_proxy + '\n' + network.settings.ca_bundle;
  if (!network.settings.ca_bundle.empty()) network.identity += '\n' + StampOf(network);
  return network;
}

void ApplyNetwork(CURL* easy, const Network& network, const Url& url) {
  const NetworkSettings& settings = network.settings;
  if (IsLoopbackHost(url.host)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  else if (!settings.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, settings.proxy.c_str());
  if (!settings.no_proxy.empty()) curl_easy_setopt(easy, CURLOPT_NOPROXY, settings.no_proxy.c_str());
  if (settings.ca_bundle.empty()) return;
  curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_bundle.c_str());
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // else the system's folder counts too
  curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, settings.ca_bundle.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, nullptr);
}

}  // namespace vouch
