#include "formats/sigv4.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/time_format.h"
#include "vectors.h"

namespace vouch {
namespace {

// Expected values: tests/vectors/generate-sigv4, that is botocore; those of sigv4_suite are also what AWS has published.
class SigV4Vector : public testing::TestWithParam<std::string> {
 protected:
  SigV4Vector() : vector_(ReadVector(GetParam() + ".json")) {
    const nlohmann::json& json = vector_["request"];
    request_.method = json["method"];
    request_.host = json["host"];
    request_.path = json["path"];
    request_.query = json["query"].get<NameValues>();
    request_.headers = json["headers"].get<NameValues>();
    request_.body = json["body"];
    request_.region = json["region"];
    request_.service = json["service"];
    request_.now = json["now"];
  }

  SigningKeys Keys() const {
    const nlohmann::json& keys = vector_["keys"];
    return {keys["access_key_id"].get_ref<const std::string&>(),
            keys["secret_access_key"].get_ref<const std::string&>(),
            keys["session_token"].get_ref<const std::string&>()};
  }

  bool presigned() const { return vector_.contains("url"); }

  // The authorization header, or the URL.
  std::string Made() const {
    if (presigned()) return PresignUrl(request_, Keys(), vector_["expires"]);
    return SignHeaders(request_, Keys()).front().second;
  }

  // The request with what signing adds to it, taken from the vector.
  SigV4Request Complete() const {
    SigV4Request request = request_;
    if (presigned()) {
      request.query = QueryOf(vector_["url"]);
      request.query.pop_back();  // the signature
      return request;
    }
    for (const auto& [name, value] : vector_["added_headers"].items())
      if (name != "authorization") request.headers.emplace_back(name, value);
    return request;
  }

  std::string PayloadHash() const {
    return presigned() && request_.service == "s3" ? "UNSIGNED-PAYLOAD" : HexEncode(Sha256(request_.body));
  }

  nlohmann::json vector_;
  SigV4Request request_;

 private:
  static std::string Decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        out += text[i];
        continue;
      }
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    }
    return out;
  }

  static NameValues QueryOf(const std::string& url) {
    NameValues query;
    for (std::size_t begin = url.find('?') + 1; begin <= url.size();) {
      std::size_t end = std::min(url.find('&', begin), url.size());
      std::string_view pair = std::string_view(url).substr(begin, end - begin);
      query.emplace_back(Decoded(pair.substr(0, pair.find('='))), Decoded(pair.substr(pair.find('=') + 1)));
      begin = end + 1;
    }
    return query;
  }
};

TEST_P(SigV4Vector, CanonicalRequestIsBotocores) {
  EXPECT_EQ(CanonicalRequest(Complete(), PayloadHash()), vector_["canonical_request"]);
}

TEST_P(SigV4Vector, StringToSignIsBotocores) {
  EXPECT_EQ(StringToSign(request_, vector_["canonical_request"]), vector_["string_to_sign"]);
}

TEST_P(SigV4Vector, ResultIsBotocores) {
  if (presigned()) {
    EXPECT_EQ(PresignUrl(request_, Keys(), vector_["expires"]), vector_["url"]);
    return;
  }
  nlohmann::json added = nlohmann::json::object();
  for (const auto& [name, value] : SignHeaders(request_, Keys())) added[name] = value;
  EXPECT_EQ(added, vector_["added_headers"]);
}

// The key by its four steps, and the signature that it makes: a wrong step gives another.
TEST_P(SigV4Vector, SignatureIsMadeWithTheDerivedKeys) {
  const nlohmann::json& derived = vector_["derived_keys"];
  const std::string date = FormatAmzDate(request_.now).substr(0, 8);
  std::string key = "AWS4" + vector_["keys"]["secret_access_key"].get<std::string>();
  for (const auto& [step, message] : {std::pair<const char*, std::string>{"date", date},
                                      {"region", request_.region},
                                      {"service", request_.service},
                                      {"signing", "aws4_request"}}) {
    key = HmacSha256(key, message);
    EXPECT_EQ(HexEncode(key), derived[step]) << step;
  }
  EXPECT_EQ(HexEncode(HmacSha256(key, StringToSign(request_, CanonicalRequest(Complete(), PayloadHash())))),
            vector_["signature"]);
  EXPECT_TRUE(Made().ends_with("Signature=" + vector_["signature"].get<std::string>())) << Made();
}

std::vector<std::string> PathsIn(const std::string& folder) {
  std::vector<std::string> paths = VectorNames(folder);
  for (std::string& path : paths) path.insert(0, folder + "/");
  return paths;
}

std::string NameOf(const testing::TestParamInfo<std::string>& test) {
  return TestName(test.param.substr(test.param.find('/') + 1));
}

INSTANTIATE_TEST_SUITE_P(Botocore, SigV4Vector, testing::ValuesIn(PathsIn("sigv4")), NameOf);
INSTANTIATE_TEST_SUITE_P(AwsTestSuite, SigV4Vector, testing::ValuesIn(PathsIn("sigv4_suite")), NameOf);

TEST(SigV4, EveryPublishedSignatureIsInTheVectorsAndIsOurs) {
  const nlohmann::json published = ReadVector("sigv4_published.json");
  std::size_t compared = 0;
  for (const nlohmann::json& test : published["cases"]) {
    const nlohmann::json vector = ReadVector("sigv4_suite/" + test["name"].get<std::string>() + ".json");
    EXPECT_EQ(vector["signature"], test["signature"]) << test["name"];
    const std::string hash = HexEncode(Sha256(vector["canonical_request"].get<std::string>()));
    EXPECT_EQ(vector["derived_keys"]["signing"], test.value("signing_key", vector["derived_keys"]["signing"]));
    EXPECT_EQ(hash, test.value("canonical_request_sha256", hash));
    ++compared;
  }
  EXPECT_EQ(compared, VectorNames("sigv4_suite").size());
}

// AWS General Reference, "Examples of how to derive a signing key": all four steps are published.
TEST(SigV4, DerivedKeysAreThoseOfAwsDocumentation) {
  const nlohmann::json published = ReadVector("sigv4_published.json");
  const nlohmann::json& example = published["key_derivation"];
  std::string key = "AWS4" + published["secret_access_key"].get<std::string>();
  for (const char* step : {"date", "region", "service", "signing"}) {
    key = HmacSha256(key, example.value(step, std::string("aws4_request")));
    EXPECT_EQ(HexEncode(key), example["keys"][step]) << step;
  }
}

SigV4Request Plain() {
  SigV4Request request;
  request.method = "GET";
  request.host = "example.amazonaws.com";
  request.region = "us-east-1";
  request.service = "service";
  request.now = 1795500180;
  return request;
}

TEST(SigV4, AddsHeadersInOneOrder) {
  NameValues added = SignHeaders(Plain(), {"AKID", "SECRET", "TOKEN"});

  ASSERT_EQ(added.size(), 3U);
  EXPECT_EQ(added[0].first, "authorization");
  EXPECT_EQ(added[1], std::make_pair(std::string("x-amz-date"), std::string("20261124T060300Z")));
  EXPECT_EQ(added[2], std::make_pair(std::string("x-amz-security-token"), std::string("TOKEN")));
}

TEST(SigV4, EmptyPathIsTheRoot) {
  SigV4Request request = Plain();
  request.path = "";

  EXPECT_EQ(CanonicalRequest(request, "hash"), CanonicalRequest(Plain(), "hash"));
  EXPECT_EQ(PresignUrl(request, {"AKID", "SECRET", ""}, 60), PresignUrl(Plain(), {"AKID", "SECRET", ""}, 60));
}

TEST(SigV4, HeaderNamesAreLowered) {
  SigV4Request request = Plain();
  request.headers = {{"X-K8s-Aws-Id", "demo"}};

  EXPECT_EQ(CanonicalRequest(request, "hash"),
            "GET\n/\n\nhost:example.amazonaws.com\nx-k8s-aws-id:demo\n\nhost;x-k8s-aws-id\nhash");
}

TEST(SigV4, ParametersAreSortedByNameBeforeValue) {
  SigV4Request request = Plain();
  request.query = {{"a-b", "1"}, {"a", "x=y&z"}, {"a", ""}, {"", "0"}};  // "-" comes before "="

  EXPECT_TRUE(CanonicalRequest(request, "hash").starts_with("GET\n/\n=0&a=&a=x%3Dy%26z&a-b=1\nhost:"))
      << CanonicalRequest(request, "hash");
}

TEST(SigV4, PresignedUrlKeepsTheOrderOfTheCallersParameters) {
  SigV4Request request = Plain();
  request.query = {{"b", "2"}, {"a", "1"}, {"b", "1"}};

  EXPECT_TRUE(PresignUrl(request, {"AKID", "SECRET", ""}, 60)
                  .starts_with("https://example.amazonaws.com/?b=2&a=1&b=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&"));
}

TEST(SigV4, NoResultShowsTheSecretKey) {
  SigningKeys keys{"AKID", "SECRET", "TOKEN"};

  std::string all = PresignUrl(Plain(), keys, 60);
  for (const auto& [name, value] : SignHeaders(Plain(), keys)) all += value;

  EXPECT_EQ(all.find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace vouch
