#include "remote/relying_party.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace vouch {
namespace {

bool IsAllowed(const std::string& server, const std::string& rp_id) {
  try {
    RequireOwnRelyingParty(ServerUrl(server), rp_id);
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), REASON_BAD_ANSWER);
    EXPECT_NE(std::string(error.what()).find("another site"), std::string::npos) << error.what();
    return false;
  }
  return true;
}

TEST(RelyingParty, IsTheServerOrADomainAboveIt) {
  EXPECT_TRUE(IsAllowed("https://us.vouch.sh", "us.vouch.sh"));
  EXPECT_TRUE(IsAllowed("https://us.vouch.sh:8443/tenant", "vouch.sh"));
  EXPECT_TRUE(IsAllowed("https://vouch", "vouch")) << "a name without a domain, as some have at home";
}

TEST(RelyingParty, IsNoOtherServer) {
  EXPECT_FALSE(IsAllowed("https://evil.example", "us.vouch.sh"));
  EXPECT_FALSE(IsAllowed("https://vouch.sh", "us.vouch.sh")) << "one below";
  EXPECT_FALSE(IsAllowed("https://eu.vouch.sh", "us.vouch.sh"));
  EXPECT_FALSE(IsAllowed("https://notvouch.sh", "vouch.sh")) << "not at a dot";
  EXPECT_FALSE(IsAllowed("https://us.vouch.sh.evil.example", "us.vouch.sh"));
}

TEST(RelyingParty, IsNoWholeTopLevelDomain) {
  for (const char* rp_id : {"sh", "", ".sh", "sh.", "."}) EXPECT_FALSE(IsAllowed("https://us.vouch.sh", rp_id)) << rp_id;
}

TEST(RelyingParty, MayBeAnyForAServerOnThisMachine) {
  EXPECT_TRUE(IsAllowed("http://127.0.0.1:8080", "vouch.test"));
  EXPECT_TRUE(IsAllowed("https://localhost", "vouch.test"));
}

}  // namespace
}  // namespace vouch
