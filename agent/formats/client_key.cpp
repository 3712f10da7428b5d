#include "formats/client_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/encoding.h"
#include "formats/json_text.h"

namespace vouch {
namespace {

constexpr int kCoordinateBytes = 32;  // P-256 (RFC 7518 section 6.2.1)

using UniquePkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpenSslDeleter<PKCS8_PRIV_KEY_INFO_free>>;

unsigned char* Bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

[[noreturn]] void RefuseStoredKey(const std::string& why) {
  ERR_clear_error();
  throw Error(REASON_CONFIGURATION, "the stored client key cannot be used: " + why, "remove it and run vouchctl login");
}

std::string Padded(const BIGNUM* number) {
  std::string out(kCoordinateBytes, '\0');
  if (BN_bn2binpad(number, Bytes(out), kCoordinateBytes) != kCoordinateBytes) throw OpenSslError("BN_bn2binpad");
  return out;
}

std::string Coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) throw OpenSslError("EVP_PKEY_get_bn_param");
  UniqueBignum owner(number);
  return Base64UrlEncode(Padded(number));
}

bool IsP256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == SN_X9_62_prime256v1;
}

// True when the point is on the curve, the scalar in range, and the two belong together.
bool IsConsistent(EVP_PKEY* key) {
  UniqueEvpPkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context != nullptr && EVP_PKEY_check(context.get()) == 1;
}

// nullptr when it is not exactly one PKCS#8 PrivateKeyInfo (RFC 5208). Wipes `der`.
UniqueEvpPkey FromPkcs8(std::string der) {
  const unsigned char* p = Bytes(std::string_view(der));
  const unsigned char* end = p + der.size();
  UniquePkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &p, static_cast<long>(der.size())));
  bool whole = p == end;
  UniqueEvpPkey key(info != nullptr && whole ? EVP_PKCS82PKEY(info.get()) : nullptr);
  Wipe(der);
  return key;
}

std::string RequireString(const nlohmann::json& json, const char* name) {
  auto member = json.find(name);
  if (member == json.end() || !member->is_string()) RefuseStoredKey(std::string("it has no text member ") + name);
  return member->get<std::string>();
}

// Takes the member out of `json`, decoded, and wipes the encoded form.
std::optional<std::string> TakePkcs8(nlohmann::json& json) {
  auto member = json.find("pkcs8");
  if (member == json.end() || !member->is_string()) RefuseStoredKey("it has no text member pkcs8");
  auto& text = member->get_ref<std::string&>();
  std::optional<std::string> der = Base64UrlDecode(text);
  Wipe(text);
  return der;
}

}  // namespace

ClientKey::ClientKey(UniqueEvpPkey key)
    : key_(std::move(key)),
      x_(Coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X)),
      y_(Coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)) {
  // The hash input of RFC 7638 section 3: required members only, in lexicographic order, no blanks.
  kid_ = Base64UrlEncode(Sha256(R"({"crv":"P-256","kty":"EC","x":")" + x_ + R"(","y":")" + y_ + R"("})"));
  public_jwk_ = R"({"kty":"EC","crv":"P-256","x":")" + x_ + R"(","y":")" + y_ + R"(","kid":")" + kid_ + R"("})";
}

ClientKey ClientKey::Generate() {
  UniqueEvpPkey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", SN_X9_62_prime256v1));
  if (key == nullptr) throw OpenSslError("EVP_PKEY_Q_keygen");
  return ClientKey(std::move(key));
}

ClientKey ClientKey::FromStoredJson(std::string_view json) {
  nlohmann::json members = ParseJson(json);
  if (!members.is_object()) RefuseStoredKey("it is not a JSON object");
  std::optional<std::string> der = TakePkcs8(members);
  UniqueEvpPkey pkey = der ? FromPkcs8(std::move(*der)) : nullptr;
  if (pkey == nullptr) RefuseStoredKey("pkcs8 is not a PKCS#8 private key in base64url");
  if (!IsP256(pkey.get()) || !IsConsistent(pkey.get())) RefuseStoredKey("it is not a valid P-256 key");
  ClientKey key(std::move(pkey));
  if (RequireString(members, "kid") != key.kid_) RefuseStoredKey("kid is not the thumbprint of the key");
  if (RequireString(members, "kty") != "EC" || RequireString(members, "crv") != "P-256" ||
      RequireString(members, "x") != key.x_ || RequireString(members, "y") != key.y_)
    RefuseStoredKey("the public members do not belong to the private key");
  return key;
}

Secret ClientKey::ToStoredJson() const {
  UniquePkcs8 info(EVP_PKEY2PKCS8(key_.get()));
  int size = info == nullptr ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  if (size <= 0) throw OpenSslError("EVP_PKEY2PKCS8");
  std::string der(static_cast<std::size_t>(size), '\0');
  unsigned char* p = Bytes(der);
  i2d_PKCS8_PRIV_KEY_INFO(info.get(), &p);
  std::string encoded = Base64UrlEncode(der);
  Wipe(der);
  constexpr std::string_view kMember = R"(,"pkcs8":")";
  std::string json;
  json.reserve(public_jwk_.size() + kMember.size() + encoded.size() + 2);  // growing would leave copies behind
  json.append(public_jwk_, 0, public_jwk_.size() - 1).append(kMember).append(encoded).append(R"("})");
  Wipe(encoded);
  Secret stored(json);
  Wipe(json);
  return stored;
}

std::string ClientKey::SignDer(std::string_view message) const {
  UniqueEvpMdCtx context(EVP_MD_CTX_new());
  if (context == nullptr ||
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) != 1)
    throw OpenSslError("EVP_DigestSignInit_ex");
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, Bytes(message), message.size()) != 1)
    throw OpenSslError("EVP_DigestSign");
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(message), message.size()) != 1)
    throw OpenSslError("EVP_DigestSign");
  signature.resize(size);
  return signature;
}

std::string ClientKey::SignRaw(std::string_view message) const {
  std::string der = SignDer(message);
  const unsigned char* p = Bytes(std::string_view(der));
  UniqueEcdsaSig signature(d2i_ECDSA_SIG(nullptr, &p, static_cast<long>(der.size())));
  if (signature == nullptr) throw OpenSslError("d2i_ECDSA_SIG");
  return Padded(ECDSA_SIG_get0_r(signature.get())) + Padded(ECDSA_SIG_get0_s(signature.get()));
}

}  // namespace vouch
