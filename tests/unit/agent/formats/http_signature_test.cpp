#include "formats/http_signature.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "es256_verify.h"
#include "vectors.h"

namespace vouch {
namespace {

ClientKey Key() { return ClientKey::FromStoredJson(ReadVector("rfc7638/appendix_a3_key.json")["stored"].dump()); }

nlohmann::json PublicKey() { return ReadVector("rfc7638/appendix_a3_key.json")["jwk"]; }

SignedRequest FromJson(const nlohmann::json& json) {
  SignedRequest request;
  request.method = json["method"];
  request.url = json["url"];
  request.authorization = json["authorization"];
  request.dpop = json["dpop"];
  request.content_type = json["content_type"];
  request.body = json["body"];
  request.created = json["created"];
  return request;
}

SignedRequest Get() { return FromJson(ReadVector("rfc9421/requests.json")["get"]["request"]); }

// The bytes between "sig1=:" and ":".
std::string SignatureBytes(const SignatureHeaders& headers) {
  EXPECT_TRUE(headers.signature.starts_with("sig1=:") && headers.signature.ends_with(":")) << headers.signature;
  std::string text = headers.signature.substr(6, headers.signature.size() - 7);
  std::string bytes(text.size(), '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                             reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  std::size_t padding = text.size() - text.find_last_not_of('=') - 1;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

TEST(Es256Verify, TakesTheSignatureOfRfc9421AppendixB24) {
  nlohmann::json vector = ReadVector("rfc9421/appendix_b24.json");
  SignatureHeaders headers;
  headers.signature = "sig1=:" + vector["signature"].get<std::string>() + ":";

  EXPECT_TRUE(VerifiesRaw(vector["jwk"], vector["base"].get<std::string>(), SignatureBytes(headers)));
}

class HttpSignatureVector : public testing::TestWithParam<std::string> {
 protected:
  nlohmann::json vector_ = ReadVector("rfc9421/requests.json").at(GetParam());
};

TEST_P(HttpSignatureVector, BaseIsTheOneOfAnIndependentImplementation) {
  EXPECT_EQ(HttpSignatureBase(FromJson(vector_["request"]), vector_["keyid"]), vector_["base"]);
}

TEST_P(HttpSignatureVector, HeadersAreThoseOfAnIndependentImplementation) {
  SignatureHeaders headers = SignHttpRequest(Key(), FromJson(vector_["request"]));

  EXPECT_EQ(headers.signature_input, vector_["signature_input"]);
  EXPECT_EQ(headers.content_digest, vector_["content_digest"]);
}

TEST_P(HttpSignatureVector, SignatureVerifiesOverThatBase) {
  SignatureHeaders headers = SignHttpRequest(Key(), FromJson(vector_["request"]));

  EXPECT_TRUE(VerifiesRaw(PublicKey(), vector_["base"].get<std::string>(), SignatureBytes(headers)));
}

INSTANTIATE_TEST_SUITE_P(Rfc9421, HttpSignatureVector, testing::ValuesIn(MemberNames("rfc9421/requests.json")),
                         [](const auto& test) { return TestName(test.param); });

TEST(HttpSignature, OlderServersGetDer) {
  SignedRequest request = Get();
  request.encoding = EcdsaEncoding::kDer;

  std::string signature = SignatureBytes(SignHttpRequest(Key(), request));

  EXPECT_TRUE(VerifiesDer(PublicKey(), HttpSignatureBase(request, Key().kid()), signature));
}

TEST(HttpSignature, EmptyPortIsDropped) {
  SignedRequest request = Get();
  request.url = "https://us.vouch.sh:/v1/auth/session";

  EXPECT_EQ(HttpSignatureBase(request, "k"), HttpSignatureBase(Get(), "k"));
}

TEST(HttpSignature, QuotesTheKeyId) {
  EXPECT_TRUE(HttpSignatureBase(Get(), R"(a"b\c)").ends_with(R"(;keyid="a\"b\\c")"));
}

TEST(HttpSignature, DigestsAreThoseThatTheRfcsPrint) {
  for (const nlohmann::json& vector : ReadVector("rfc9530/content_digests.json")) {
    SignedRequest request = Get();
    request.content_type = "application/json";
    request.body = vector["body"];
    EXPECT_EQ(SignHttpRequest(Key(), request).content_digest, vector["content_digest"]) << request.body;
  }
}

TEST(HttpSignature, RefusesBytesThatCouldForgeALine) {
  for (const std::string& bad : {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3), std::string("a\x7f"),
                                 std::string("\xc3\xa4"), std::string("a\tb")}) {
    auto refused = [&](auto change) {
      SignedRequest request = Get();
      request.content_type = "application/json";
      request.body = "{}";
      change(request);
      return ReasonOf([&] { HttpSignatureBase(request, "k"); });
    };
    EXPECT_EQ(refused([&](SignedRequest& r) { r.method = bad; }), REASON_INTERNAL);
    EXPECT_EQ(refused([&](SignedRequest& r) { r.url += bad; }), REASON_INTERNAL);
    EXPECT_EQ(refused([&](SignedRequest& r) { r.authorization = bad; }), REASON_INTERNAL);
    EXPECT_EQ(refused([&](SignedRequest& r) { r.dpop = bad; }), REASON_INTERNAL);
    EXPECT_EQ(refused([&](SignedRequest& r) { r.content_type = bad; }), REASON_INTERNAL);
    EXPECT_EQ(ReasonOf([&] { HttpSignatureBase(Get(), bad); }), REASON_INTERNAL);
  }
}

TEST(HttpSignature, RefusesUrlsThatAreNotAbsolute) {
  for (const char* url :
       {"", "/v1/keys", "us.vouch.sh/v1", "ftp://us.vouch.sh/", "https:///v1", "https://:443/", "://x"}) {
    SignedRequest request = Get();
    request.url = url;
    EXPECT_EQ(ReasonOf([&] { HttpSignatureBase(request, "k"); }), REASON_INTERNAL) << url;
  }
}

TEST(HttpSignature, RefusesABodyWithoutContentType) {
  SignedRequest request = Get();
  request.body = "{}";

  EXPECT_EQ(ReasonOf([&] { SignHttpRequest(Key(), request); }), REASON_INTERNAL);
}

}  // namespace
}  // namespace vouch
