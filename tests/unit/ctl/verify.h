// Checks what a security key signed, with OpenSSL and nothing of ours.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <string>

namespace vouch {

// Whether `signature` is the ES256 signature (ASN.1 DER) over authData || SHA-256(clientData) by the key of `pem`.
inline bool Verifies(const std::string& pem, const std::string& auth_data, const std::string& client_data,
                     const std::string& signature) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(client_data.data()), client_data.size(), hash);
  const std::string message = auth_data + std::string(reinterpret_cast<const char*>(hash), sizeof hash);

  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good =
      key != nullptr && EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return good;
}

}  // namespace vouch
