#include "exec_info.h"

#include <gtest/gtest.h>

#include "failure.h"
#include "report.h"

namespace vouch {
namespace {

using Version = std::optional<std::string>;

TEST(ExecInfo, GivesTheVersionThatKubectlSends) {
  constexpr const char* kReal =
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":)"
      R"("https://127.0.0.1:6443","certificate-authority-data":"LS0t","config":null},"interactive":false}})";

  EXPECT_EQ(FindApiVersion(kReal), "client.authentication.k8s.io/v1");
}

TEST(ExecInfo, IsNotFooledByANestedMember) {
  EXPECT_EQ(FindApiVersion(R"({"spec":{"apiVersion":"inner"},"list":[{"apiVersion":"inner"}],"apiVersion":"outer"})"),
            "outer");
  EXPECT_EQ(FindApiVersion(R"({"spec":{"apiVersion":"inner"}})"), std::nullopt);
}

TEST(ExecInfo, IsNotFooledByTextInsideAString) {
  EXPECT_EQ(FindApiVersion(R"({"a":"\",\"apiVersion\":\"inner\"","apiVersion":"outer"})"), "outer");
  EXPECT_EQ(FindApiVersion(R"({"a":"\\","apiVersion":"outer"})"), "outer");
}

TEST(ExecInfo, ResolvesEscapesInNameAndValue) {
  EXPECT_EQ(FindApiVersion(R"({"\u0061piVersion":"client\u002Eauthentication.k8s.io\/v1"})"),
            "client.authentication.k8s.io/v1");
}

TEST(ExecInfo, TakesTheLastOfSeveral) {
  EXPECT_EQ(FindApiVersion(R"({"apiVersion":"first","apiVersion":"last"})"), "last");
  EXPECT_EQ(FindApiVersion(R"({"apiVersion":"first","apiVersion":1})"), std::nullopt);
}

TEST(ExecInfo, AcceptsEveryKindOfValue) {
  EXPECT_EQ(FindApiVersion(" {\n\"a\" : [ ] , \"b\":{ },\"c\":[1,-0.5e+10,0,true,false,null,\"\\n\\u00e4\"],\r\t"
                           "\"apiVersion\" : \"v\" } "),
            "v");
}

class MalformedExecInfo : public testing::TestWithParam<const char*> {};

TEST_P(MalformedExecInfo, HasNoVersion) { EXPECT_EQ(FindApiVersion(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(
    Each, MalformedExecInfo,
    testing::Values("", " ", "null", R"("apiVersion")", R"(["apiVersion","v"])", "{", R"({"apiVersion":"v")",
                    R"({"apiVersion":"v"} x)", R"({"apiVersion":"v",})", R"({"apiVersion" "v"})",
                    R"({apiVersion:"v"})", R"({"apiVersion":'v'})", R"({"apiVersion":"v)", R"({"apiVersion":"\x"})",
                    R"({"apiVersion":"\u12"})", R"({"apiVersion":"\u12g4"})", "{\"apiVersion\":\"a\nb\"}",
                    R"({"a":01,"apiVersion":"v"})", R"({"a":1.,"apiVersion":"v"})", R"({"a":1e,"apiVersion":"v"})",
                    R"({"a":-,"apiVersion":"v"})", R"({"a":tru,"apiVersion":"v"})", R"({"a":[1,],"apiVersion":"v"})",
                    R"({"a":[1 2],"apiVersion":"v"})", R"({"a":{"b"},"apiVersion":"v"})",
                    R"({"a":[},"apiVersion":"v"})",
                    R"({"apiVersion":null})", R"({"apiVersion":{"apiVersion":"v"}})", R"({"apiVersion":"v\)"));

TEST(ExecInfo, BoundsItsDepth) {
  const auto nested = [](int depth) {
    return R"({"apiVersion":"v","a":)" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}";
  };

  EXPECT_EQ(FindApiVersion(nested(63)), "v");
  EXPECT_EQ(FindApiVersion(nested(64)), std::nullopt);
  EXPECT_EQ(FindApiVersion(nested(1000000)), std::nullopt);
}

TEST(ApiVersion, IsTheOneAskedFor) {
  EXPECT_EQ(ApiVersionFor(R"({"apiVersion":"client.authentication.k8s.io/v1"})"), "client.authentication.k8s.io/v1");
  EXPECT_EQ(ApiVersionFor(R"({"apiVersion":"client.authentication.k8s.io/v1beta1"})"),
            "client.authentication.k8s.io/v1beta1");
}

TEST(ApiVersion, IsV1Beta1WhenNothingCanBeRead) {
  EXPECT_EQ(ApiVersionFor(nullptr), "client.authentication.k8s.io/v1beta1");
  EXPECT_EQ(ApiVersionFor(""), "client.authentication.k8s.io/v1beta1");
  EXPECT_EQ(ApiVersionFor("{not json"), "client.authentication.k8s.io/v1beta1");
}

TEST(ApiVersion, RefusesAnotherOneAndSaysWhereToChangeIt) {
  try {
    ApiVersionFor(R"({"apiVersion":"client.authentication.k8s.io/v1alpha1"})");
    FAIL() << "accepted";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason(), REASON_CONFIGURATION);
    EXPECT_EQ(ReportLine("vouch-exec-credential", failure),
              "vouch-exec-credential: kubectl asks for API version client.authentication.k8s.io/v1alpha1; in the "
              "kubeconfig, set the exec entry's apiVersion to client.authentication.k8s.io/v1beta1\n");
  }
}

}  // namespace
}  // namespace vouch
