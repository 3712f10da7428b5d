// Which proofs go with which call (protocol reference 1.0.1), and that each is made of what is really sent.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <set>

#include "../formats/es256_verify.h"
#include "formats/jws.h"
#include "vouch_calls.h"

namespace vouch {
namespace {

using nlohmann::json;

struct Proofs {
  const char* call;
  const char* dpop_session;    // with a token of type DPoP
  const char* bearer_session;  // with one of type Bearer; the same where the token is no part of the authentication
};

const Proofs kProofs[] = {
    {"Register", "", ""},
    {"StartDeviceFlow", "assertion", "assertion"},
    {"Revoke", "assertion", "assertion"},
    {"RequestChallenge", "assertion dpop fapi", "assertion dpop fapi"},
    {"Login", "assertion dpop fapi", "assertion dpop fapi"},
    {"PollDeviceFlow", "assertion dpop fapi", "assertion dpop fapi"},
    {"KubernetesIdToken", "assertion dpop", "assertion dpop"},
    {"AwsIdToken", "DPoP dpop+ath signature", "Bearer signature"},
    {"ListKeys", "DPoP dpop+ath signature", "Bearer signature"},
    {"RemoveKey", "DPoP dpop+ath signature", "Bearer signature"},
    {"RenameKey", "DPoP dpop+ath signature digest", "Bearer signature digest"},
    {"StartKeyRegistration", "DPoP dpop+ath signature digest", "Bearer signature digest"},
    {"FinishKeyRegistration", "DPoP dpop+ath signature digest", "Bearer signature digest"},
    {"CheckSession", "DPoP dpop+ath", "Bearer"},
};

std::string ProofsIn(const HttpRequest& request) {
  std::string found;
  auto add = [&](const std::string& part) { found += (found.empty() ? "" : " ") + part; };
  const std::string authorization = HeaderOf(request, "Authorization");
  if (!FormValue(request, "client_assertion").empty()) add("assertion");
  if (!authorization.empty()) add(authorization.substr(0, authorization.find(' ')));
  if (const std::string proof = HeaderOf(request, "DPoP"); !proof.empty())
    add(ParseUnverifiedPayload(proof).contains("ath") ? "dpop+ath" : "dpop");
  if (!HeaderOf(request, "Signature").empty() && !HeaderOf(request, "Signature-Input").empty()) add("signature");
  if (!HeaderOf(request, "Content-Digest").empty()) add("digest");
  if (!HeaderOf(request, "x-fapi-interaction-id").empty()) add("fapi");
  return found;
}

// The only request that the call makes at a server where all is well.
HttpRequest RequestOf(VouchCallWorld& world, const std::string& name) {
  const VouchCall call = VouchCallNamed(name);
  world.http.answer = [&](const HttpRequest&) { return FakeHttpClient::Json(200, call.answer.dump()); };
  call.call(world.api, world.token);
  EXPECT_EQ(world.http.requests.size(), 1U);
  return world.http.requests.back();
}

TEST(Authentication, IsWhatTheReferencesTableSays) {
  std::set<std::string> named;
  for (const Proofs& proofs : kProofs) {
    named.insert(proofs.call);
    VouchCallWorld dpop("DPoP"), bearer("Bearer");
    EXPECT_EQ(ProofsIn(RequestOf(dpop, proofs.call)), proofs.dpop_session) << proofs.call;
    EXPECT_EQ(ProofsIn(RequestOf(bearer, proofs.call)), proofs.bearer_session) << proofs.call;
  }
  EXPECT_EQ(named.size(), AllVouchCalls().size());
}

TEST(Authentication, SendsTheSessionOnlyWhereItBelongs) {
  for (const Proofs& proofs : kProofs) {
    VouchCallWorld world;
    const HttpRequest request = RequestOf(world, proofs.call);
    const std::string authorization = HeaderOf(request, "Authorization");
    const std::string in_form = FormValue(request, "subject_token") + FormValue(request, "token");
    const bool is_form = std::string(proofs.call) == "Revoke" || std::string(proofs.call) == "KubernetesIdToken";
    EXPECT_EQ(in_form, is_form ? kSessionToken : "") << proofs.call;
    EXPECT_TRUE(authorization.empty() || authorization == "DPoP " + kSessionToken) << proofs.call;
    EXPECT_EQ(request.url.find(kSessionToken), std::string::npos) << proofs.call;
  }
}

TEST(Authentication, NeverSendsATokenOfAnUnknownType) {
  for (const char* type : {"", "dpop", "bearer", "N_A", "mac"}) {
    VouchCallWorld world(type);
    EXPECT_THROW(world.api.ListKeys(world.token), Error) << type;
    EXPECT_TRUE(world.http.requests.empty());
  }
}

std::string Base64Decoded(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  const std::size_t padding = text.size() - text.find_last_not_of('=') - 1;
  bytes.resize(size > 0 ? static_cast<std::size_t>(size) - padding : 0);
  return bytes;
}

// What RFC 9421 has the receiver put together from the request that arrived.
std::string BaseOf(const HttpRequest& request) {
  const std::string params = HeaderOf(request, "Signature-Input").substr(std::string("sig1=").size());
  const std::size_t question = request.url.find('?');
  const std::string origin = "https://us.vouch.sh";
  std::string base = "\"@method\": " + request.method + "\n\"@authority\": us.vouch.sh\n\"@path\": " +
                     request.url.substr(origin.size(), question - origin.size()) + "\n\"@query\": " +
                     (question == std::string::npos ? "?" : request.url.substr(question)) +
                     "\n\"authorization\": " + HeaderOf(request, "Authorization") + "\n";
  if (!HeaderOf(request, "DPoP").empty()) base += "\"dpop\": " + HeaderOf(request, "DPoP") + "\n";
  if (!request.body.empty())
    base += "\"content-type\": application/json\n\"content-digest\": " + HeaderOf(request, "Content-Digest") + "\n";
  return base + "\"@signature-params\": " + params;
}

TEST(Authentication, SignsTheBytesThatAreSent) {
  for (const char* type : {"DPoP", "Bearer"}) {
    for (const char* name : {"AwsIdToken", "ListKeys", "RenameKey", "RemoveKey", "StartKeyRegistration", "FinishKeyRegistration"}) {
      SCOPED_TRACE(std::string(name) + " " + type);
      VouchCallWorld world(type);
      const HttpRequest request = RequestOf(world, name);
      const std::string signature = HeaderOf(request, "Signature");

      EXPECT_TRUE(VerifiesRaw(json::parse(world.key->public_jwk()), BaseOf(request),
                              Base64Decoded(signature.substr(6, signature.size() - 7))));
      if (request.body.empty()) continue;
      EXPECT_EQ(HeaderOf(request, "Content-Digest"), "sha-256=:" + Base64Encode(Sha256(request.body)) + ":");
      EXPECT_EQ(HeaderOf(request, "Content-Type"), "application/json");
    }
  }
}

TEST(Authentication, ProofNamesTheMethodThePathAndTheToken) {
  VouchCallWorld world;
  const json proof = ParseUnverifiedPayload(HeaderOf(RequestOf(world, "RenameKey"), "DPoP"));

  EXPECT_EQ(proof["htm"], "PATCH");
  EXPECT_EQ(proof["htu"], "https://us.vouch.sh/v1/keys/key-1");
  EXPECT_EQ(proof["ath"], Base64UrlEncode(Sha256(kSessionToken)));
}

TEST(Authentication, IsMadeAnewForEveryAttempt) {
  VouchCallWorld world;
  world.http.answer = [](const HttpRequest&) { return FakeHttpClient::Json(503, "{}"); };

  EXPECT_THROW(world.api.RemoveKey(world.token, "key-1"), Error);
  EXPECT_THROW(world.api.Login("c1", "s", {}), Error);

  std::set<std::string> proofs, assertions;
  for (const HttpRequest& request : world.http.requests) {
    proofs.insert(ParseUnverifiedPayload(HeaderOf(request, "DPoP"))["jti"].get<std::string>());
    if (request.url.ends_with("/oauth/token"))
      assertions.insert(ParseUnverifiedPayload(FormValue(request, "client_assertion"))["jti"].get<std::string>());
  }
  EXPECT_EQ(proofs.size(), world.http.requests.size());
  EXPECT_EQ(assertions.size(), world.http.To("/oauth/token").size());
}

}  // namespace
}  // namespace vouch
