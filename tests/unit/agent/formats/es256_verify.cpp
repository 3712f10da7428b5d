#include "es256_verify.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <string>

#include "base/encoding.h"
#include "base/openssl.h"

namespace vouch {
namespace {

UniqueEvpPkey PublicKey(const nlohmann::json& jwk) {
  std::string point = "\x04" + Base64UrlDecode(jwk.at("x").get<std::string>()).value() +
                      Base64UrlDecode(jwk.at("y").get<std::string>()).value();
  char group[] = "P-256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end(),
  };
  UniqueEvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    throw OpenSslError("EVP_PKEY_fromdata");
  return UniqueEvpPkey(key);
}

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

// One half of r||s as a DER INTEGER (X.690 section 8.3).
std::string DerInteger(std::string_view number) {
  while (number.size() > 1 && number.front() == '\0') number.remove_prefix(1);
  std::string value(number);
  if ((static_cast<unsigned char>(value.front()) & 0x80) != 0) value.insert(0, 1, '\0');
  return std::string("\x02") + static_cast<char>(value.size()) + value;
}

}  // namespace

bool VerifiesDer(const nlohmann::json& jwk, std::string_view message, std::string_view signature) {
  UniqueEvpPkey key = PublicKey(jwk);
  UniqueEvpMdCtx context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

bool VerifiesRaw(const nlohmann::json& jwk, std::string_view message, std::string_view signature) {
  if (signature.size() != 64) return false;
  std::string numbers = DerInteger(signature.substr(0, 32)) + DerInteger(signature.substr(32));
  return VerifiesDer(jwk, message, std::string("\x30") + static_cast<char>(numbers.size()) + numbers);
}

}  // namespace vouch
