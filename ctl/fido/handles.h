// libfido2's objects as values that free themselves. Used inside ctl/fido only.
#pragma once

#include <fido.h>

#include <memory>
#include <string>

#include "fido/fido_error.h"

namespace vouch {

struct FreeDevice {
  void operator()(fido_dev_t* p) const {
    fido_dev_close(p);
    fido_dev_free(&p);
  }
};
struct FreeAssert {
  void operator()(fido_assert_t* p) const { fido_assert_free(&p); }
};
struct FreeCred {
  void operator()(fido_cred_t* p) const { fido_cred_free(&p); }
};
struct FreeCborInfo {
  void operator()(fido_cbor_info_t* p) const { fido_cbor_info_free(&p); }
};

using UniqueDevice = std::unique_ptr<fido_dev_t, FreeDevice>;
using UniqueAssert = std::unique_ptr<fido_assert_t, FreeAssert>;
using UniqueCred = std::unique_ptr<fido_cred_t, FreeCred>;
using UniqueCborInfo = std::unique_ptr<fido_cbor_info_t, FreeCborInfo>;

// Throws FidoError unless `code` is FIDO_OK.
inline void RequireFido(int code, const char* what) {
  if (code != FIDO_OK) throw FidoError(code, what);
}

inline const unsigned char* Data(const std::string& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

inline std::string Bytes(const unsigned char* data, std::size_t size) {
  return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace vouch
