#include "formats/sts_response.h"

#include <gtest/gtest.h>

#include "vectors.h"

namespace vouch {
namespace {

constexpr std::string_view kWebIdentity =
    R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>alice@example.com</SubjectFromWebIdentityToken>
    <Audience>https://us.vouch.sh</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:alice@example.com</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE/==</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <Expiration>2026-11-24T07:03:00Z</Expiration>
      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
    <PackedPolicySize>12</PackedPolicySize>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>
)";

// kWebIdentity with one piece replaced.
std::string With(std::string_view old_text, std::string_view new_text) {
  std::string xml(kWebIdentity);
  std::size_t at = xml.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return xml.replace(at, old_text.size(), new_text);
}

TEST(StsCredentials, AreReadFromTheAnswerOfAws) {
  StsCredentials credentials = ParseStsCredentials(kWebIdentity);

  EXPECT_EQ(credentials.access_key_id, "ASgeIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(credentials.secret_access_key.Reveal(), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY");
  EXPECT_EQ(credentials.session_token.Reveal(), "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE/==");
  EXPECT_EQ(credentials.expires_at, 1795503780);
  EXPECT_EQ(credentials.assumed_role_arn, "arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com");
  EXPECT_EQ(credentials.packed_policy_percent, 12);
}

TEST(StsCredentials, MayBeWrappedInAnything) {
  StsCredentials credentials = ParseStsCredentials(
      "<?xml version=\"1.0\"?><A><B><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey>"
      "<SessionToken>c</SessionToken><Expiration>2026-11-24T07:03:00Z</Expiration></Credentials></B></A>");

  EXPECT_EQ(credentials.access_key_id, "a");
  EXPECT_EQ(credentials.assumed_role_arn, "");
  EXPECT_EQ(credentials.packed_policy_percent, 0);
}

TEST(StsCredentials, TheFirstOfTwoCounts) {
  std::string second = "</Credentials><Credentials><AccessKeyId>second</AccessKeyId></Credentials>";

  EXPECT_EQ(ParseStsCredentials(With("</Credentials>", second)).access_key_id, "ASgeIAIOSFODNN7EXAMPLE");
}

TEST(StsCredentials, FractionsOfASecondAreCutOff) {
  EXPECT_EQ(ParseStsCredentials(With("07:03:00Z", "07:03:00.999Z")).expires_at, 1795503780);
}

TEST(StsCredentials, PredefinedEntitiesAreText) {
  EXPECT_EQ(ParseStsCredentials(With("K7MDENG", "&amp;&lt;&#65;")).secret_access_key.Reveal(),
            "wJalrXUtnFEMI/&<A/bPxRfiCYzEXAMPLEKEY");
}

TEST(StsCredentials, PackedPolicySizeThatIsNoNumberCountsAsAbsent) {
  for (const char* text : {"", "x", "12x", "-1", "99999999999999", " 1"})
    EXPECT_EQ(ParseStsCredentials(With(">12<", ">" + std::string(text) + "<")).packed_policy_percent, 0) << text;
}

TEST(StsCredentials, MissingMemberIsABadAnswer) {
  for (const char* name : {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Credentials"}) {
    std::string renamed = With("<" + std::string(name) + ">", "<Other>");
    renamed.replace(renamed.find("</" + std::string(name) + ">"), std::string(name).size() + 3, "</Other>");
    EXPECT_EQ(ReasonOf([&] { ParseStsCredentials(renamed); }), REASON_BAD_ANSWER) << name;
  }
}

TEST(StsCredentials, EmptyMemberIsABadAnswer) {
  for (const char* value :
       {"AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE/==", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY",
        "2026-11-24T07:03:00Z", "ASgeIAIOSFODNN7EXAMPLE"})
    EXPECT_EQ(ReasonOf([&] { ParseStsCredentials(With(value, "")); }), REASON_BAD_ANSWER) << value;
}

class RefusedStsAnswer : public testing::TestWithParam<std::string> {};

TEST_P(RefusedStsAnswer, IsABadAnswerThatShowsNothingOfIt) {
  try {
    ParseStsCredentials(GetParam());
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_BAD_ANSWER);
    for (const char* piece : {"AQoD", "wJal", "ASge", "2026", "secret"})
      EXPECT_EQ(std::string(error.what()).find(piece), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sts, RefusedStsAnswer,
    testing::Values("", " ", "secret", "{\"Credentials\":{}}", "<", "<a>", "<a></b>", "<a/>", "<a/><b/>",
                    "<html><body>", std::string(kWebIdentity.substr(0, kWebIdentity.size() / 2)),
                    std::string(kWebIdentity) + std::string(kWebIdentity),
                    "<!DOCTYPE a [<!ENTITY x \"secret\">]>" + std::string(kWebIdentity),
                    "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" + std::string(kWebIdentity),
                    With("K7MDENG", "<!-- -->"), With("K7MDENG", "<b/>"), With("K7MDENG", "<![CDATA[x]]>"),
                    With("K7MDENG", "&secret;&#10;"), With("K7MDENG", "a b"), With("K7MDENG", "\xc3\xa4"),
                    With("K7MDENG", "\xff"), With("K7MDENG", std::string("\0", 1)),
                    With("2026-11-24T07:03:00Z", "soon"), With("2026-11-24T07:03:00Z", "2026-02-30T07:03:00Z"),
                    With("2026-11-24T07:03:00Z", "2026-11-24T07:03:00"), With("2026-11-24T07:03:00Z", "1795503780"),
                    With("<AccessKeyId>", "<AccessKeyId>x</AccessKeyId><AccessKeyId>")));

TEST(StsCredentials, DeepNestingIsNoProblem) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";

  EXPECT_EQ(ReasonOf([&] { ParseStsCredentials(deep); }), REASON_BAD_ANSWER);
}

TEST(StsError, IsReadFromTheAnswerOfAws) {
  StsError error = ParseStsError(
      "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n<Error>\n<Type>Sender</Type>\n"
      "<Code>AccessDenied</Code>\n<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>\n"
      "</Error>\n<RequestId>4ddac89c-c4c3-41fd-a5cb-0c1ab6e3a8e3</RequestId>\n</ErrorResponse>\n");

  EXPECT_EQ(error.code, "AccessDenied");
  EXPECT_EQ(error.message, "Not authorized to perform sts:AssumeRoleWithWebIdentity");
}

TEST(StsError, MayHaveNoMessage) {
  StsError error = ParseStsError("<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>");

  EXPECT_EQ(error.code, "Throttling");
  EXPECT_EQ(error.message, "");
}

TEST(StsError, MessageIsOneLineOfPrintableAscii) {
  StsError error = ParseStsError("<E><Error><Code>X</Code><Message>a\nb&#27;[31mc\xff\xc3\xa4</Message></Error></E>");

  EXPECT_EQ(error.message, "a b [31mc   ");
}

TEST(StsError, IsEmptyWhenTheBodyIsNoErrorDocument) {
  for (const std::string& body :
       {std::string(""), std::string("Service Unavailable"), std::string("<html><body>502</body></html>"),
        std::string("{\"Error\":{\"Code\":\"x\"}}"), std::string("<E><Error><Code></Code></Error></E>"),
        std::string("<E><Error><Code>a b</Code></Error></E>"), std::string("<E><Error/></E>"),
        "<E><Error><Code>" + std::string(129, 'x') + "</Code></Error></E>",
        std::string("<!DOCTYPE E><E><Error><Code>x</Code></Error></E>"), std::string(kWebIdentity)}) {
    EXPECT_EQ(ParseStsError(body).code, "") << body;
    EXPECT_EQ(ParseStsError(body).message, "") << body;
  }
}

}  // namespace
}  // namespace vouch
