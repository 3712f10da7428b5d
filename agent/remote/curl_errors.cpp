#include "remote/curl_errors.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

namespace vouch {
namespace {

constexpr const char* kCheckNetwork = "check the network, VPN or proxy";

long InfoOf(CURL* easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

const char* RemedyFor(long verify_result) {
  switch (verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return "check this machine's clock; tell the server's administrator";
    default: return "name your company's CA certificates in network.ca_bundle";
  }
}

// libcurl compares names itself, once OpenSSL is content with the chain; its versions leave different results behind.
bool IsAboutTheName(long verify_result) {
  return verify_result == X509_V_OK || verify_result == X509_V_ERR_UNSPECIFIED ||
         verify_result == X509_V_ERR_HOSTNAME_MISMATCH || verify_result == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

Error UntrustedError(CURL* easy, const Url& url) {
  const long proxys = InfoOf(easy, CURLINFO_PROXY_SSL_VERIFYRESULT);
  const long verified = proxys != X509_V_OK ? proxys : InfoOf(easy, CURLINFO_SSL_VERIFYRESULT);
  const std::string whom = proxys != X509_V_OK ? "the proxy" : url.host;
  if (IsAboutTheName(verified))
    return Error(REASON_UNREACHABLE, "no trusted TLS connection to " + whom + ": the certificate is for another host name",
                 "check the server's name; a proxy may be answering in its place");
  return Error(REASON_UNREACHABLE, "no trusted TLS connection to " + whom + ": " + X509_verify_cert_error_string(verified),
               RemedyFor(verified));
}

Error HandshakeError(const Url& url, const std::string& details) {
  auto said = [&](const char* words) { return details.find(words) != std::string::npos; };
  if (said("protocol version") || said("unsupported protocol") || said("wrong ssl version"))
    return Error(REASON_UNREACHABLE, "no TLS connection to " + url.host + ": it does not speak TLS 1.2 or newer",
                 "tell the server's administrator");
  return Error(REASON_UNREACHABLE, "no TLS connection to " + url.host + ": the handshake failed", kCheckNetwork);
}

Error ProxyRefusal(long status, const Url& url) {
  if (status == 407)
    return Error(REASON_UNREACHABLE, "the proxy wants a user name and a password (HTTP 407)",
                 "put them into network.proxy: http://user:password@host:port");
  return Error(REASON_UNREACHABLE, "the proxy does not connect to " + url.host + " (HTTP " + std::to_string(status) + ")",
               "check the proxy's rules, or name the host in network.no_proxy");
}

}  // namespace

Error CurlError(CURL* easy, int code, const Url& url, const Network& network, const std::string& details) {
  const long tunnel = InfoOf(easy, CURLINFO_HTTP_CONNECTCODE);
  if (tunnel != 0 && tunnel / 100 != 2) return ProxyRefusal(tunnel, url);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Error(REASON_UNREACHABLE, "cannot find the proxy's host", "check network.proxy, or HTTPS_PROXY");
    case CURLE_PROXY:
      return Error(REASON_UNREACHABLE, "the proxy did not connect to " + url.host, "check network.proxy, or HTTPS_PROXY");
    case CURLE_SSL_CACERT_BADFILE:
      if (network.settings.ca_bundle.empty()) break;
      return Error(REASON_CONFIGURATION, network.ca_from + " names a file that is not a list of PEM certificates",
                   "give the path of a PEM file");
    case CURLE_COULDNT_RESOLVE_HOST:
      return Error(REASON_UNREACHABLE, "cannot find the host " + url.host, "check the network and the server's name");
    case CURLE_COULDNT_CONNECT: return Error(REASON_UNREACHABLE, "cannot connect to " + url.authority, kCheckNetwork);
    case CURLE_OPERATION_TIMEDOUT: return Error(REASON_UNREACHABLE, url.host + " did not answer in time", kCheckNetwork);
    case CURLE_PEER_FAILED_VERIFICATION: return UntrustedError(easy, url);
    case CURLE_SSL_CONNECT_ERROR: return HandshakeError(url, details);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error(REASON_BAD_ANSWER, url.host + " sent no complete answer", "try again");
    default: break;
  }
  return Error(REASON_UNREACHABLE,
               "the call to " + url.host + " failed (" + curl_easy_strerror(static_cast<CURLcode>(code)) + ")", kCheckNetwork);
}

}  // namespace vouch
