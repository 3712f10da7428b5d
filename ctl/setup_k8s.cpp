// vouchctl setup k8s.
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "error.h"
#include "kube_files.h"
#include "setup_kube.h"
#include "user_file.h"

namespace vouch {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr int kLargestPort = 65535;

std::string Base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string ContentOf(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

// Only these: a file of a server often has its private key, too.
std::string CertificatesIn(const std::string& pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  const Bio out(BIO_new(BIO_s_mem()), BIO_free_all);
  ERR_clear_error();
  for (;;) {
    const Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
    if (!certificate) break;
    PEM_write_bio_X509(out.get(), certificate.get());
  }
  const auto error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end ? ContentOf(out.get()) : "";
}

std::string ReadAuthority(const std::string& path) {
  if (path.empty()) return "";
  const auto pem = ReadUserFile(path);
  if (!pem) throw Error(REASON_CONFIGURATION, "--certificate-authority: there is no file " + path, "give its path");
  const std::string certificates = CertificatesIn(*pem);
  if (certificates.empty())
    throw Error(REASON_CONFIGURATION, "--certificate-authority: " + path + " is not a PEM file of certificates",
                "give the one that has the cluster's authority: -----BEGIN CERTIFICATE-----");
  return Base64(certificates);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), IsDigit)) return false;
  const int port = std::stoi(std::string(text));
  return port >= 1 && port <= kLargestPort;
}

bool IsHost(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    return text.find(':') != std::string_view::npos &&
           text.find_first_not_of("[]0123456789abcdefABCDEF:.") == std::string_view::npos;
  const auto fits = [](char c) { return IsLetter(c) || IsDigit(c) || c == '-' || c == '.' || c == '_'; };
  return !text.empty() && text.front() != '-' && text.front() != '.' && std::all_of(text.begin(), text.end(), fits);
}

// What is wrong with it; empty when it is the address of a server that kubectl sends credentials to, which are those with TLS.
std::string FaultOf(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (url.size() < kScheme.size() ||
      !std::equal(kScheme.begin(), kScheme.end(), url.begin(), [&](char a, char b) { return a == lower(b); }))
    return "it does not begin with https://";
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c > '~' || c == '\\'; }))
    return "it has a space or another character that no URL has";
  url.remove_prefix(kScheme.size());
  if (url.find_first_of("?#") != std::string_view::npos) return "it has a query";
  std::string_view authority = url.substr(0, url.find('/'));
  if (authority.find('@') != std::string_view::npos) return "it has a user name";
  const std::size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    if (!IsPort(authority.substr(colon + 1))) return "its port is not one of 1 to 65535";
    authority = authority.substr(0, colon);
  }
  return IsHost(authority) ? "" : "it has no valid host name";
}

void CheckUrl(const std::string& url) {
  if (const std::string fault = FaultOf(url); !fault.empty())
    throw Error(REASON_CONFIGURATION, "--server is not the address of a cluster's API: " + fault,
                "give it as kubectl cluster-info shows it, such as https://lab.example.com:6443");
}

}  // namespace

void RunSetupK8s(const SetupK8sOptions& options, const KubePlaces& places, std::ostream& out) {
  CheckUrl(options.url);
  const std::string& audience = options.audience.empty() ? "kubernetes" : options.audience;
  KubeEntries entries =
      EntriesFor(options.cluster, "vouch-k8s-", {"", options.url, ReadAuthority(options.certificate_authority)},
                 KubernetesExec(places.helper, options.cluster, audience));
  entries.another = "choose another name: --cluster NAME";
  WriteKubeEntries(entries, options.kubeconfig, places, out);
}

}  // namespace vouch
