#include "base/openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <array>
#include <string>

namespace vouch {
namespace {

const EVP_MD* FetchSha256() {
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (algorithm == nullptr) throw OpenSslError("EVP_MD_fetch");
  return algorithm;
}

// Never used with a key: it keeps what OpenSSL looks up by name, the digest too, for those that are copied from it.
UniqueEvpMacCtx MakeHmacToCopy() {
  std::unique_ptr<EVP_MAC, OpenSslDeleter<EVP_MAC_free>> hmac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  UniqueEvpMacCtx context(EVP_MAC_CTX_new(hmac.get()));
  std::string digest = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_CTX_set_params(context.get(), parameters) != 1) throw OpenSslError("EVP_MAC_CTX_set_params");
  return context;
}

}  // namespace

Error OpenSslError(std::string_view call) {
  std::array<char, 160> text{};
  unsigned long code = ERR_peek_last_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return Error(REASON_INTERNAL, std::string(call) + " failed" + (code != 0 ? std::string(": ") + text.data() : ""));
}

const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = FetchSha256();
  return algorithm;
}

UniqueEvpMacCtx NewHmacSha256() {
  static const EVP_MAC_CTX* const original = MakeHmacToCopy().release();  // at exit OpenSSL may be gone before it
  UniqueEvpMacCtx context(EVP_MAC_CTX_dup(original));
  if (!context) throw OpenSslError("EVP_MAC_CTX_dup");
  return context;
}

}  // namespace vouch
