// A certificate authority and HTTPS servers of a test's own, on loopback, with certificates as good or as bad as is asked for.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/openssl.h"

namespace vouch {

using UniqueX509 = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;

struct CertificateOptions {
  std::string san = "IP:127.0.0.1";
  long not_before = -3600, not_after = 3600;  // seconds from now
  bool self_signed = false;
};

class TestCa {
 public:
  explicit TestCa(const char* name = "Test CA") : key_(EVP_EC_gen("P-256")), certificate_(Make(name, key_.get())) {
    Extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    Sign(certificate_.get(), certificate_.get(), key_.get());
  }

  UniqueX509 Issue(EVP_PKEY* key, const CertificateOptions& options) const {
    UniqueX509 certificate = Make("server", key);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), options.not_before);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), options.not_after);
    Extend(certificate.get(), NID_subject_alt_name, options.san.c_str());
    if (options.self_signed) Sign(certificate.get(), certificate.get(), key);
    else Sign(certificate.get(), certificate_.get(), key_.get());
    return certificate;
  }

  std::string Pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string pem(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return pem;
  }

 private:
  static UniqueX509 Make(const char* name, EVP_PKEY* key) {
    static std::atomic<long> serial{1};
    UniqueX509 certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86400);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    return certificate;
  }

  static void Extend(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static void Sign(X509* certificate, X509* issuer, EVP_PKEY* issuers_key) {
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    if (X509_sign(certificate, issuers_key, EVP_sha256()) == 0) throw std::runtime_error("X509_sign failed");
  }

  UniqueEvpPkey key_;
  UniqueX509 certificate_;
};

// Answers every request with 200 "ok" and keeps connections open. Its threads end with it.
class TlsServer {
 public:
  explicit TlsServer(const TestCa& ca, const CertificateOptions& options = {}, int newest = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_server_method())), key_(EVP_EC_gen("P-256")) {
    signal(SIGPIPE, SIG_IGN);
    certificate_ = ca.Issue(key_.get(), options);
    SSL_CTX_use_certificate(context_, certificate_.get());
    SSL_CTX_use_PrivateKey(context_, key_.get());
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, newest);
    if (newest < TLS1_2_VERSION) SSL_CTX_set_security_level(context_, 0);
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("no loopback socket");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    stop_ = true;
    shutdown(listener_, SHUT_RDWR);
    {
      const std::lock_guard lock(mutex_);
      if (connection_ >= 0) shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
    close(listener_);
    SSL_CTX_free(context_);
  }

  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/"; }
  int connections() const { return connections_; }

 private:
  void Serve() {
    while (!stop_) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      SetConnection(fd);
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      // The destructor may have looked for a connection before there was this one.
      if (!stop_ && SSL_accept(ssl) == 1) Answer(ssl);
      SSL_free(ssl);
      SetConnection(-1);
      close(fd);
    }
  }

  void SetConnection(int fd) {
    const std::lock_guard lock(mutex_);
    connection_ = fd;
  }

  // One connection after the other is enough: a test's client has one at a time, and closes it before it opens the next.
  void Answer(SSL* ssl) {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char request[4096];
    while (!stop_ && SSL_read(ssl, request, sizeof request) > 0)
      if (SSL_write(ssl, answer.data(), static_cast<int>(answer.size())) <= 0) return;
  }

  SSL_CTX* context_;
  UniqueEvpPkey key_;
  UniqueX509 certificate_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  int connection_ = -1;  // under the mutex, so that the destructor shuts down no descriptor that has become another's
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace vouch
