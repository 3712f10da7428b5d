#include "base/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace vouch {
namespace {

const std::pair<const char*, const char*> kBase64[] = {  // RFC 4648 section 10
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"}};

std::string Unpadded(std::string text) {
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

TEST(Base64, IsThatOfRfc4648) {
  for (const auto& [bytes, text] : kBase64) EXPECT_EQ(Base64Encode(bytes), text);
}

TEST(Base64, UsesPlusAndSlash) { EXPECT_EQ(Base64Encode("\xfb\xff\xfe"), "+//+"); }

TEST(Base64Url, IsThatOfRfc4648WithoutPadding) {
  for (const auto& [bytes, text] : kBase64) EXPECT_EQ(Base64UrlEncode(bytes), Unpadded(text));
}

TEST(Base64Url, UsesMinusAndUnderscore) { EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe"), "-__-"); }

TEST(Base64Url, DecodesWhatItEncodes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
  }
}

TEST(Base64Url, RefusesEverythingElse) {
  for (const char* text : {"A", "AAAAA", "Zg==", "Zm8=", "Zg=", "=", "Zm 8", "Zm8\n", "+//+", "Zm8.", "Zm\xc3\xa4"})
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
}

TEST(Base64Url, RefusesASecondSpellingOfTheSameBytes) {
  EXPECT_EQ(Base64UrlDecode("Zg"), "f");
  EXPECT_EQ(Base64UrlDecode("Zh"), std::nullopt);
  EXPECT_EQ(Base64UrlDecode("Zm9"), std::nullopt);
}

TEST(Hex, IsLowerCase) { EXPECT_EQ(HexEncode(std::string("\x00\x0f\xa5\xff", 4)), "000fa5ff"); }

TEST(PercentEncode, KeepsUnreservedCharactersOnly) {
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode(" !\"#$%&'()*+,/:;=?@[]"), "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D");
  EXPECT_EQ(PercentEncode("\xc3\xbc"), "%C3%BC");
  EXPECT_EQ(PercentEncode(std::string("\0\x7f", 2)), "%00%7F");
}

TEST(PercentEncode, KeepsLongRunsBetweenTheOthers) {
  const std::string run(500, 'x');
  EXPECT_EQ(PercentEncode("/" + run + "+=" + run + "\n"), "%2F" + run + "%2B%3D" + run + "%0A");
  EXPECT_EQ(PercentEncode(""), "");
}

TEST(Sha256, IsThatOfFips180) {
  EXPECT_EQ(HexEncode(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(HmacSha256, IsThatOfRfc4231) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, TakesAnEmptyKeyAndMessage) {
  EXPECT_EQ(HexEncode(HmacSha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacSha256, AChainIsOneAfterTheOther) {
  EXPECT_EQ(HmacSha256Chain("key", {"a", "", std::string(200, 'b')}),
            HmacSha256(HmacSha256(HmacSha256("key", "a"), ""), std::string(200, 'b')));
  EXPECT_EQ(HmacSha256Chain("", {"a", "b"}), HmacSha256(HmacSha256("", "a"), "b"));
}

TEST(HmacSha256, IsTheSameOnEveryThread) {
  const std::string expected = HmacSha256("Jefe", "what do ya want for nothing?");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j)
        if (HmacSha256("Jefe", "what do ya want for nothing?") != expected) ++wrong;
    });
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(wrong, 0);
}

TEST(RandomUuid, HasTheFormOfVersion4) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    std::string uuid = RandomUuid();
    ASSERT_EQ(uuid.size(), 36U);
    for (std::size_t dash : {8U, 13U, 18U, 23U}) ASSERT_EQ(uuid[dash], '-') << uuid;
    ASSERT_EQ(uuid[14], '4') << uuid;
    ASSERT_NE(std::string("89ab").find(uuid[19]), std::string::npos) << uuid;
    ASSERT_EQ(uuid.find_first_not_of("0123456789abcdef-"), std::string::npos) << uuid;
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100U);
}

}  // namespace
}  // namespace vouch
