#include "fido/attestation.h"

#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "error.h"
#include "fido/auth_data.h"

namespace vouch {
namespace {

constexpr const char* kWhat = "make a credential";

struct FreeKey {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
using UniqueKey = std::unique_ptr<EVP_PKEY, FreeKey>;

// `Make`, `Load`, `Convert`, `Free`: libfido2's four functions for one kind of key.
template <auto Make, auto Load, auto Convert, auto Free>
UniqueKey ToOpenSsl(std::string_view bytes) {
  auto* raw = Make();
  if (raw == nullptr) return nullptr;
  UniqueKey key;
  if (Load(raw, bytes.data(), bytes.size()) == FIDO_OK) key.reset(Convert(raw));
  Free(&raw);
  return key;
}

UniqueKey PublicKey(int algorithm, std::string_view bytes) {
  switch (algorithm) {
    case COSE_ES256:
      return ToOpenSsl<es256_pk_new, es256_pk_from_ptr, es256_pk_to_EVP_PKEY, es256_pk_free>(bytes);
    case COSE_EDDSA:
      return ToOpenSsl<eddsa_pk_new, eddsa_pk_from_ptr, eddsa_pk_to_EVP_PKEY, eddsa_pk_free>(bytes);
    case COSE_RS256:
      return ToOpenSsl<rs256_pk_new, rs256_pk_from_ptr, rs256_pk_to_EVP_PKEY, rs256_pk_free>(bytes);
    default:
      return nullptr;
  }
}

// Head of a CBOR item (RFC 8949, 3), shortest form; nothing here is longer than 64 KiB.
std::string Head(unsigned major, std::size_t value) {
  const auto byte = [](std::size_t b) { return static_cast<char>(b & 0xFF); };
  if (value < 24) return {byte(major << 5 | value)};
  if (value < 0x100) return {byte(major << 5 | 24), byte(value)};
  return {byte(major << 5 | 25), byte(value >> 8), byte(value)};
}

std::string Item(unsigned major, std::string_view content) { return Head(major, content.size()).append(content); }

// The format "none" vouches for nothing (WebAuthn Level 2, 8.7), so that only the relying party is left to be compared.
bool IsForRelyingParty(const fido_cred_t* answer, const std::string& auth_data) {
  const std::string rp_id = fido_cred_rp_id(answer);
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(Data(rp_id), rp_id.size(), hash);
  return auth_data.substr(0, sizeof hash) == Bytes(hash, sizeof hash);
}

void RequireVerified(const fido_cred_t* answer, const std::string& auth_data) {
  const bool is_none = std::string_view(fido_cred_fmt(answer)) == "none";
  const int code = is_none                                ? FIDO_OK
                   : fido_cred_x5c_ptr(answer) == nullptr ? fido_cred_verify_self(answer)
                                                          : fido_cred_verify(answer);
  if (code == FIDO_OK && IsUserPresentAndVerified(auth_data) && IsForRelyingParty(answer, auth_data)) return;
  throw Error(REASON_SECURITY_KEY, "the new credential could not be verified", "try again, or use another key");
}

}  // namespace

UniqueCred NewCredentialQuestion(const CredentialRequest& request, int algorithm) {
  UniqueCred question(fido_cred_new());
  if (!question) throw FidoError(FIDO_ERR_INTERNAL, kWhat);
  fido_cred_t* cred = question.get();
  const std::string& json = request.client_data_json;
  RequireFido(fido_cred_set_type(cred, algorithm), kWhat);
  RequireFido(fido_cred_set_clientdata(cred, Data(json), json.size()), kWhat);  // hashes it
  RequireFido(fido_cred_set_rp(cred, request.rp_id.c_str(), request.rp_name.c_str()), kWhat);
  RequireFido(fido_cred_set_user(cred, Data(request.user_id), request.user_id.size(), request.user_name.c_str(),
                                 /*display_name=*/request.user_name.c_str(), /*icon=*/nullptr),
              kWhat);
  RequireFido(fido_cred_set_rk(cred, FIDO_OPT_TRUE), kWhat);
  RequireFido(fido_cred_set_uv(cred, FIDO_OPT_TRUE), kWhat);
  for (const std::string& id : request.excluded) RequireFido(fido_cred_exclude(cred, Data(id), id.size()), kWhat);
  return question;
}

NewCredential ReadCredential(const fido_cred_t* answer) {
  const std::string auth_data = Bytes(fido_cred_authdata_raw_ptr(answer), fido_cred_authdata_raw_len(answer));
  RequireVerified(answer, auth_data);
  const std::string key = Bytes(fido_cred_pubkey_ptr(answer), fido_cred_pubkey_len(answer));
  const std::string statement = Bytes(fido_cred_attstmt_ptr(answer), fido_cred_attstmt_len(answer));
  NewCredential result{Bytes(fido_cred_id_ptr(answer), fido_cred_id_len(answer)),
                       SubjectPublicKeyInfo(fido_cred_type(answer), key),
                       AttestationObject(fido_cred_fmt(answer), statement, auth_data)};
  if (result.public_key.empty()) throw Error(REASON_SECURITY_KEY, "the security key gave a public key that is none");
  return result;
}

std::string AttestationObject(std::string_view format, std::string_view statement, std::string_view auth_data) {
  constexpr unsigned kBytes = 2, kText = 3, kMap = 5;
  std::string cbor = Head(kMap, 3);
  cbor += Item(kText, "fmt") + Item(kText, format);
  cbor += Item(kText, "attStmt").append(statement);
  cbor += Item(kText, "authData") + Item(kBytes, auth_data);
  return cbor;
}

std::string SubjectPublicKeyInfo(int algorithm, std::string_view key) {
  const UniqueKey public_key = PublicKey(algorithm, key);
  unsigned char* der = nullptr;
  const int size = public_key ? i2d_PUBKEY(public_key.get(), &der) : 0;
  std::string result = size > 0 ? Bytes(der, static_cast<std::size_t>(size)) : std::string();
  OPENSSL_free(der);
  return result;
}

}  // namespace vouch
