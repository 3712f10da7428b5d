#include "base/encoding.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/openssl.h"

namespace vouch {
namespace {

constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* Bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

unsigned char* Bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

constexpr bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// IsUnreserved of every byte: one look instead of ten comparisons.
constexpr std::array<bool, 256> kUnreserved = [] {
  std::array<bool, 256> table{};
  for (int b = 0; b < 256; ++b) table[static_cast<std::size_t>(b)] = IsUnreserved(static_cast<char>(b));
  return table;
}();

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with a NUL
  int n = EVP_EncodeBlock(Bytes(out), Bytes(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

std::string Base64UrlEncode(std::string_view bytes) {
  std::string out((bytes.size() * 4 + 2) / 3, '\0');
  char* next = out.data();
  const unsigned char* in = Bytes(bytes);
  std::size_t left = bytes.size();
  const auto digit = [](unsigned bits) { return kUrlAlphabet[bits & 63]; };
  for (; left >= 3; left -= 3, in += 3) {
    const unsigned three = static_cast<unsigned>(in[0] << 16 | in[1] << 8 | in[2]);
    *next++ = digit(three >> 18);
    *next++ = digit(three >> 12);
    *next++ = digit(three >> 6);
    *next++ = digit(three);
  }
  if (left == 0) return out;
  const unsigned last = static_cast<unsigned>(in[0] << 16 | (left == 2 ? in[1] << 8 : 0));
  *next++ = digit(last >> 18);
  *next++ = digit(last >> 12);
  if (left == 2) *next = digit(last >> 6);
  return out;
}

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  unsigned buffer = 0;
  int bits = 0;
  for (char c : text) {
    std::size_t value = kUrlAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    buffer = buffer << 6 | static_cast<unsigned>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(buffer >> bits & 0xff));
    }
  }
  if ((buffer & ((1U << bits) - 1)) != 0) return std::nullopt;  // left-over bits must be zero: one spelling per value
  return out;
}

std::string HexEncode(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    auto b = static_cast<unsigned char>(c);
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
  return out;
}

std::string PercentEncode(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);  // a session token has one such character in twenty
  for (auto next = bytes.begin();;) {
    const auto run =
        std::find_if(next, bytes.end(), [](char c) { return !kUnreserved[static_cast<unsigned char>(c)]; });
    out.append(next, run);
    if (run == bytes.end()) return out;
    auto b = static_cast<unsigned char>(*run);
    out.push_back('%');
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
    next = run + 1;
  }
}

std::string Sha256(std::string_view bytes) {
  std::string out(32, '\0');
  if (EVP_Digest(bytes.data(), bytes.size(), Bytes(out), nullptr, Sha256Algorithm(), nullptr) != 1)
    throw OpenSslError("EVP_Digest");
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view message) { return HmacSha256Chain(key, {message}); }

std::string HmacSha256Chain(std::string_view key, std::initializer_list<std::string_view> messages) {
  constexpr unsigned char kNoKey = 0;  // null would mean to OpenSSL: keep the key
  std::string out(32, '\0');
  UniqueEvpMacCtx context = NewHmacSha256();
  for (std::string_view message : messages) {
    std::size_t size = 0;
    if (EVP_MAC_init(context.get(), key.empty() ? &kNoKey : Bytes(key), key.size(), nullptr) != 1 ||
        EVP_MAC_update(context.get(), Bytes(message), message.size()) != 1 ||
        EVP_MAC_final(context.get(), Bytes(out), &size, out.size()) != 1)
      throw OpenSslError("EVP_MAC");
    key = out;  // the next result overwrites it: no key of the chain stays behind
  }
  return out;
}

std::string RandomUuid() {
  std::array<unsigned char, 16> b{};
  if (RAND_bytes(b.data(), static_cast<int>(b.size())) != 1) throw OpenSslError("RAND_bytes");
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);  // version 4
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);  // RFC 4122 variant
  std::string hex = HexEncode({reinterpret_cast<const char*>(b.data()), b.size()});
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

}  // namespace vouch
