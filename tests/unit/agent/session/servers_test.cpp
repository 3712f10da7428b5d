#include "session/servers.h"

#include <gtest/gtest.h>

#include "fakes/session_world.h"

namespace vouch {
namespace {

// A server that takes only the encoding of old servers.
void TakeOnlyDer(SessionWorld& world) {
  world.vouch.instead["/v1/keys"] = [&world]() -> HttpResponse {
    const std::string signature = HeaderOf(world.http.requests.back(), "Signature");
    constexpr std::size_t kRawLength = 6 + 88 + 1;  // sig1=: and 64 bytes in base64
    if (signature.size() != kRawLength) return FakeHttpClient::Json(200, R"({"keys":[]})");
    HttpResponse refused;
    refused.status = 401;
    refused.body = "signature verification failed";
    return refused;
  };
}

TEST(Servers, RememberAnOldServersEncodingAcrossRestarts) {
  SessionWorld world;
  auto session = world.LogIn();
  TakeOnlyDer(world);
  session->vouch().ListKeys(session->token());
  EXPECT_EQ(world.http.To("/v1/keys").size(), 2U);
  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->encoding, EcdsaEncoding::kDer);

  Servers again({world.http, world.clock, world.keys, world.state, [] { return ServerSettings(); }});
  again.Api(ServerUrl("https://us.vouch.sh"))->ListKeys(session->token());

  EXPECT_EQ(world.http.To("/v1/keys").size(), 3U) << "right at the first try";
}

TEST(Servers, TheConfigsEncodingIsNotQuestioned) {
  SessionWorld world;
  world.settings.encoding = EcdsaEncoding::kRaw;
  auto session = world.LogIn();
  TakeOnlyDer(world);

  EXPECT_THROW(session->vouch().ListKeys(session->token()), Error);

  EXPECT_EQ(world.http.To("/v1/keys").size(), 1U);
  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->encoding, EcdsaEncoding::kRaw);
}

TEST(Servers, AChangedConfigCountsAtTheNextLogin) {
  SessionWorld world;
  world.LogIn();
  world.settings.encoding = EcdsaEncoding::kDer;
  auto session = world.LogIn();
  TakeOnlyDer(world);

  session->vouch().ListKeys(session->token());

  EXPECT_EQ(world.http.To("/v1/keys").size(), 1U);
}

TEST(Servers, TheConfiguredServerIsUsedUntilALoginNamesAnother) {
  SessionWorld world;
  EXPECT_EQ(world.servers.Default(), "https://us.vouch.sh");
  world.settings.server = "https://config.example.com";
  EXPECT_EQ(world.login.CurrentServer(), "https://config.example.com");

  world.LogIn("https://eu.vouch.sh");

  EXPECT_EQ(world.servers.Default(), "https://eu.vouch.sh");
}

TEST(Servers, TheReferenceClisServerComesLast) {
  SessionWorld world;
  world.settings.server = "";
  world.state.KeepImport({"https://imported.example.com", {"https://imported.example.com"}, {}});
  EXPECT_EQ(world.servers.Default(), "https://imported.example.com");

  world.settings.server = "https://config.example.com";
  EXPECT_EQ(world.servers.Default(), "https://config.example.com");
}

TEST(Servers, AFailedNewRegistrationLeavesTheOldOne) {
  SessionWorld world;
  world.LogIn();
  world.vouch.instead["/oauth/fido2/challenge"] = [] { return FakeHttpClient::Json(401, R"({"error":"invalid_client"})"); };
  world.vouch.instead["/oauth/register"] = []() -> HttpResponse { throw Error(REASON_UNREACHABLE, "no network"); };

  EXPECT_THROW(world.login.Begin(""), Error);

  EXPECT_EQ(world.state.FindServer("us.vouch.sh")->client_id, "client-1");
}

}  // namespace
}  // namespace vouch
