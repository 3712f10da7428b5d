#include "base/openssl.h"

#include <openssl/err.h>

#include <array>
#include <string>

namespace vouch {

Error OpenSslError(std::string_view call) {
  std::array<char, 160> text{};
  unsigned long code = ERR_peek_last_error();
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return Error(REASON_INTERNAL, std::string(call) + " failed" + (code != 0 ? std::string(": ") + text.data() : ""));
}

}  // namespace vouch
