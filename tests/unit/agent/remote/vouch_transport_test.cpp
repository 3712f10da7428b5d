// Repeating calls: after which answers, how often, in which ECDSA encoding.
#include "remote/vouch_transport.h"

#include <gtest/gtest.h>

#include "formats/jws.h"
#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;
using Encodings = std::vector<EcdsaEncoding>;

EcdsaEncoding EncodingOf(const HttpRequest& request) {
  const std::size_t raw = std::string("sig1=::").size() + 88;  // 64 bytes in base64
  return HeaderOf(request, "Signature").size() == raw ? EcdsaEncoding::kRaw : EcdsaEncoding::kDer;
}

HttpResponse SignatureRefused() { return {401, {}, "signature verification failed", 0, 0}; }

class SignatureEncodingTest : public testing::Test {
 protected:
  VouchApi Api(EcdsaEncoding first, bool fixed = false) {
    SignatureEncoding encoding{first, fixed, [this](EcdsaEncoding works) { remembered_.push_back(works); }};
    return VouchApi(world_.http, world_.clock, ServerUrl("https://us.vouch.sh"), world_.key, encoding);
  }

  // The server's crypto library.
  void Take(std::vector<EcdsaEncoding> taken, int status = 200) {
    world_.http.answer = [taken = std::move(taken), status](const HttpRequest& request) {
      for (EcdsaEncoding encoding : taken)
        if (encoding == EncodingOf(request)) return FakeHttpClient::Json(status, R"({"keys":[],"message":"ok"})");
      return SignatureRefused();
    };
  }

  Encodings Sent() const {
    Encodings sent;
    for (const HttpRequest& request : world_.http.requests) sent.push_back(EncodingOf(request));
    return sent;
  }

  static constexpr auto kRaw = EcdsaEncoding::kRaw;
  static constexpr auto kDer = EcdsaEncoding::kDer;
  VouchCallWorld world_;
  Encodings remembered_;
};

TEST_F(SignatureEncodingTest, OldServersGetDerAfterOneRefusalAndThenAtOnce) {
  VouchApi api = Api(kRaw);
  Take({kDer});

  api.ListKeys(world_.token);
  api.ListKeys(world_.token);

  EXPECT_EQ(Sent(), (Encodings{kRaw, kDer, kDer}));
  EXPECT_EQ(remembered_, Encodings{kDer});
}

TEST_F(SignatureEncodingTest, AServerThatWasUpdatedGetsTheRfcsFormAgain) {
  VouchApi api = Api(kDer);
  Take({kRaw});

  api.RemoveKey(world_.token, "key-1");
  api.ListKeys(world_.token);

  EXPECT_EQ(Sent(), (Encodings{kDer, kRaw, kRaw}));
  EXPECT_EQ(remembered_, Encodings{kRaw});
}

TEST_F(SignatureEncodingTest, NeitherFormTakenIsNoSuccessAndDerIsForgotten) {
  VouchApi api = Api(kDer);
  Take({});

  EXPECT_THROW(api.ListKeys(world_.token), Error);
  EXPECT_THROW(api.ListKeys(world_.token), Error);

  EXPECT_EQ(Sent(), (Encodings{kDer, kRaw, kRaw, kDer}));
  EXPECT_EQ(remembered_, Encodings{kRaw}) << "the next start begins with the standard's form again";
}

TEST_F(SignatureEncodingTest, OnlySuccessIsRemembered) {
  VouchApi api = Api(kRaw);
  Take({kDer}, 503);

  EXPECT_THROW(api.ListKeys(world_.token), Error);

  EXPECT_EQ(Sent(), (Encodings{kRaw, kDer})) << "once in the other form, not four times";
  EXPECT_TRUE(remembered_.empty());
}

TEST_F(SignatureEncodingTest, AFixedOneIsNeverLeft) {
  VouchApi api = Api(kRaw, /*fixed=*/true);
  Take({kDer});

  EXPECT_THROW(api.ListKeys(world_.token), Error);

  EXPECT_EQ(Sent(), Encodings{kRaw});
  EXPECT_TRUE(remembered_.empty());
}

TEST_F(SignatureEncodingTest, APostIsRepeatedForExactlyThisFailureOnly) {
  const HttpResponse others[] = {{401, {{"accept-signature", "sig1=()"}}, "signature verification failed", 0, 0},
                                 {401, {{"www-authenticate", "DPoP"}}, "signature verification failed", 0, 0},
                                 {401, {{"www-authenticate", "a"}, {"www-authenticate", "b"}}, "signature verification failed", 0, 0},
                                 {400, {}, "signature verification failed", 0, 0},
                                 {403, {}, "signature verification failed", 0, 0},
                                 {401, {}, R"({"message":"signature verification failed"})", 0, 0},
                                 {401, {}, "", 0, 0}};
  for (const HttpResponse& other : others) {
    VouchCallWorld world;
    world.http.answer = [&](const HttpRequest&) { return other; };
    EXPECT_THROW(world.api.StartKeyRegistration(world.token, "Green"), Error);
    EXPECT_EQ(world.http.requests.size(), 1U) << other.status << " " << other.body;
  }
}

TEST_F(SignatureEncodingTest, APostInTheOtherFormCarriesTheSameBody) {
  VouchApi api = Api(kRaw);
  Take({kDer});

  api.RenameKey(world_.token, "key-1", "Green");

  ASSERT_EQ(world_.http.requests.size(), 2U);
  EXPECT_EQ(world_.http.requests[0].body, world_.http.requests[1].body);
  EXPECT_NE(HeaderOf(world_.http.requests[0], "DPoP"), HeaderOf(world_.http.requests[1], "DPoP"));
}

TEST_F(SignatureEncodingTest, ASignatureNonceIsNeverSentBack) {
  world_.http.answer = [](const HttpRequest&) {
    return FakeHttpClient::Json(200, R"({"keys":[]})", {{"signature-nonce", "n1"}});
  };

  world_.api.ListKeys(world_.token);
  world_.api.ListKeys(world_.token);

  EXPECT_EQ(HeaderOf(world_.http.requests[1], "Signature-Input").find("nonce"), std::string::npos);
}

class RepeatingTest : public testing::Test {
 protected:
  void Script(std::vector<HttpResponse> answers) {
    world_.http.answer = [answers = std::move(answers), next = std::size_t{0}](const HttpRequest&) mutable {
      return answers[std::min(next++, answers.size() - 1)];
    };
  }
  static HttpResponse Json(int status, const json& body, HttpHeaders headers = {}) {
    return FakeHttpClient::Json(status, body.dump(), std::move(headers));
  }

  VouchCallWorld world_;
};

TEST_F(RepeatingTest, NothingIsRepeatedAfterATransportFailure) {
  for (const VouchCall& call : AllVouchCalls()) {
    VouchCallWorld world;
    world.http.answer = [](const HttpRequest&) -> HttpResponse { throw Error(REASON_UNREACHABLE, "cut"); };
    EXPECT_ANY_THROW(call.call(world.api, world.token)) << call.name;
    EXPECT_EQ(world.http.requests.size(), 1U) << call.name;
  }
}

TEST_F(RepeatingTest, ADeleteIsRepeatedAfterAServersFailure) {
  Script({Json(500, {}), Json(200, {{"sessions_revoked", 2}})});

  EXPECT_EQ(world_.api.RemoveKey(world_.token, "key-1"), 2);

  EXPECT_EQ(world_.http.requests.size(), 2U);
}

TEST_F(RepeatingTest, RetryAfterIsCappedAndReadStrictly) {
  struct Case {
    const char* header;
    std::vector<std::int64_t> sleeps;
  };
  for (const Case& c : {Case{"0", {0, 0, 0}}, Case{"-5", {0, 0, 0}}, Case{"3", {3000}}, Case{"4", {}},
                        Case{"99999999999999999999", {}}, Case{"Tue, 24 Nov 2026 06:03:00 GMT", {2000}}, Case{"", {2000}}}) {
    VouchCallWorld world;
    world.http.answer = [&](const HttpRequest&) { return HttpResponse{429, {{"retry-after", c.header}}, "", 0, 0}; };
    EXPECT_THROW(world.api.ListKeys(world.token), Error);
    EXPECT_EQ(world.clock.sleeps, c.sleeps) << c.header;
  }
}

TEST_F(RepeatingTest, V1GetsANonceOnceTheServerWantsOne) {
  Script({Json(401, {}, {{"www-authenticate", R"(DPoP algs="ES256", error="use_dpop_nonce")"}, {"dpop-nonce", "n1"}}),
          Json(200, {{"keys", json::array()}})});

  world_.api.ListKeys(world_.token);

  ASSERT_EQ(world_.http.requests.size(), 2U);
  EXPECT_FALSE(ParseUnverifiedPayload(HeaderOf(world_.http.requests[0], "DPoP")).contains("nonce"));
  EXPECT_EQ(ParseUnverifiedPayload(HeaderOf(world_.http.requests[1], "DPoP"))["nonce"], "n1");
}

TEST_F(RepeatingTest, ANonceIsNotAskedForByATextThatOnlyMentionsIt) {
  Script({Json(400, {{"error", "invalid_grant"}, {"error_description", "not \"use_dpop_nonce\""}}, {{"dpop-nonce", "n1"}})});

  EXPECT_THROW(world_.api.Login("c1", "s", {}), Error);

  EXPECT_EQ(world_.http.requests.size(), 1U);
}

TEST_F(RepeatingTest, APollIsRepeatedForItsNonceOnly) {
  Script({Json(400, {{"error", "use_dpop_nonce"}}, {{"dpop-nonce", "n1"}}), Json(400, {{"error", "authorization_pending"}})});

  EXPECT_EQ(world_.api.PollDeviceFlow("c1", Secret(kDeviceCode)).state, DevicePoll::State::kPending);

  EXPECT_EQ(world_.http.requests.size(), 2U);
}

TEST_F(RepeatingTest, APollThatShowsAClockIsNotRepeatedForIt) {
  const std::string date = "Mon, 21 Sep 2026 14:23:20 GMT";  // ten minutes ahead
  Script({Json(400, {{"error", "authorization_pending"}}, {{"date", date}})});

  EXPECT_EQ(world_.api.PollDeviceFlow("c1", Secret(kDeviceCode)).state, DevicePoll::State::kPending);

  EXPECT_EQ(world_.http.requests.size(), 1U);
}

}  // namespace
}  // namespace vouch
