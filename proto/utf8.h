// Text from outside made fit for protobuf (which refuses anything but UTF-8) and for a terminal. Used by caller,
// arguments and report.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vouch {

// `text` with every byte that is not part of a valid UTF-8 sequence (RFC 3629: no overlong form, no surrogate, at most
// U+10FFFF) replaced by '?'.
std::string ReplaceInvalidUtf8(std::string_view text);

// The greatest length not above `limit` at which valid UTF-8 can be cut without splitting a character.
std::size_t Utf8Boundary(std::string_view text, std::size_t limit);

}  // namespace vouch
