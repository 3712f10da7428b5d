// OpenSSL's objects as RAII types, its failures as Error.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <string_view>

#include "base/error.h"

namespace vouch {

template <auto kFree>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* p) const {
    kFree(p);
  }
};

using UniqueEvpPkey = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using UniqueEvpPkeyCtx = std::unique_ptr<EVP_PKEY_CTX, OpenSslDeleter<EVP_PKEY_CTX_free>>;
using UniqueEvpMdCtx = std::unique_ptr<EVP_MD_CTX, OpenSslDeleter<EVP_MD_CTX_free>>;
using UniqueEvpMacCtx = std::unique_ptr<EVP_MAC_CTX, OpenSslDeleter<EVP_MAC_CTX_free>>;
using UniqueEcdsaSig = std::unique_ptr<ECDSA_SIG, OpenSslDeleter<ECDSA_SIG_free>>;
using UniqueBignum = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_free>>;

// REASON_INTERNAL with the name of the failed call and OpenSSL's code; empties OpenSSL's error queue of this thread.
Error OpenSslError(std::string_view call);

// SHA-256 as OpenSSL wants it since 3.0: looked up by name once per process. EVP_sha256() is looked up again in each
// use, which costs more than to hash a short message. Lives as long as the process; safe on any thread.
const EVP_MD* Sha256Algorithm();

// An HMAC-SHA-256 to be started with a key of its own. Throws REASON_INTERNAL. Safe on any thread.
UniqueEvpMacCtx NewHmacSha256();

}  // namespace vouch
