#include "fido/assertion.h"

#include "error.h"
#include "fido/auth_data.h"

namespace vouch {
namespace {

constexpr std::size_t kUserHandleBytes = 16;  // the Vouch server's user id is a UUID

std::string AuthenticatorData(const fido_assert_t* answer) {
#ifdef VOUCH_FIDO_RAW_AUTHDATA
  return Bytes(fido_assert_authdata_raw_ptr(answer, 0), fido_assert_authdata_raw_len(answer, 0));
#else
  const std::string cbor = Bytes(fido_assert_authdata_ptr(answer, 0), fido_assert_authdata_len(answer, 0));
  return UnwrapCborBytes(cbor).value_or("");
#endif
}

}  // namespace

UniqueAssert NewAssertion(const std::string& rp_id, const std::string& client_data_json) {
  UniqueAssert request(fido_assert_new());
  if (!request) throw FidoError(FIDO_ERR_INTERNAL, "sign");
  RequireFido(fido_assert_set_rp(request.get(), rp_id.c_str()), "sign");
  RequireFido(fido_assert_set_clientdata(request.get(), Data(client_data_json), client_data_json.size()),
              "sign");  // hashes it
  RequireFido(fido_assert_set_up(request.get(), FIDO_OPT_TRUE), "sign");
  RequireFido(fido_assert_set_uv(request.get(), FIDO_OPT_TRUE), "sign");
  return request;  // the allow list stays empty, so that the key tells who the user is
}

Assertion ReadAssertion(const fido_assert_t* answer) {
  if (fido_assert_count(answer) == 0) throw FidoError(FIDO_ERR_NO_CREDENTIALS, "sign");
  Assertion result{Bytes(fido_assert_id_ptr(answer, 0), fido_assert_id_len(answer, 0)), AuthenticatorData(answer),
                   Bytes(fido_assert_sig_ptr(answer, 0), fido_assert_sig_len(answer, 0)),
                   Bytes(fido_assert_user_id_ptr(answer, 0), fido_assert_user_id_len(answer, 0))};
  if (!IsUserPresentAndVerified(result.authenticator_data))
    throw Error(REASON_SECURITY_KEY, "the security key did not confirm both its user and the touch");
  if (result.user_handle.size() != kUserHandleBytes)
    throw Error(REASON_NO_CREDENTIAL,
                "the credential on the security key names no Vouch user (user handle of " +
                    std::to_string(result.user_handle.size()) + " bytes)",
                "register the key with your Vouch server again");
  return result;
}

}  // namespace vouch
