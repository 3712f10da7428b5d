#include "formats/console_url.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "vectors.h"

namespace vouch {
namespace {

constexpr const char* kHost = "eu-central-1.console.aws.amazon.com";

TEST(ConsoleHosts, AreThoseOfThePartition) {
  const std::array<std::array<const char*, 3>, 7> expected = {{
      {"us-east-1", "us-east-1.signin.aws.amazon.com", "us-east-1.console.aws.amazon.com"},
      {"eu-central-1", "eu-central-1.signin.aws.amazon.com", "eu-central-1.console.aws.amazon.com"},
      {"cn-north-1", "signin.amazonaws.cn", "console.amazonaws.cn"},
      {"cn-northwest-1", "signin.amazonaws.cn", "console.amazonaws.cn"},
      {"us-gov-west-1", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"},
      {"us-gov-east-1", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"},
      {"eusc-de-east-1", "eusc-de-east-1.signin.amazonaws-eusc.eu", "eusc-de-east-1.console.amazonaws-eusc.eu"},
  }};
  for (const auto& [region, signin, console] : expected) {
    const ConsoleHosts hosts = ConsoleHostsOf(region);
    EXPECT_EQ(hosts.signin, signin) << region;
    EXPECT_EQ(hosts.console, console) << region;
  }
}

TEST(ConsoleHosts, OfASecretPartitionAreRefusedByItsName) {
  const std::pair<const char*, const char*> secret[] = {{"us-iso-east-1", "aws-iso"},
                                                        {"us-isob-east-1", "aws-iso-b"},
                                                        {"eu-isoe-west-1", "aws-iso-e"},
                                                        {"us-isof-south-1", "aws-iso-f"}};
  for (const auto& [region, partition] : secret) {
    try {
      ConsoleHostsOf(region);
      ADD_FAILURE() << region;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
      EXPECT_NE(std::string(error.what()).find("partition " + std::string(partition) + " "), std::string::npos) << error.what();
    }
  }
}

TEST(ConsolePage, IsTheHomeAServiceOrAPath) {
  const std::pair<const char*, const char*> expected[] = {
      {"", "/console/home?region=eu-central-1"},
      {"ec2", "/ec2/home?region=eu-central-1"},
      {"systems-manager", "/systems-manager/home?region=eu-central-1"},
      {"/s3/buckets", "/s3/buckets?region=eu-central-1"},
      {"/s3/buckets?region=us-east-1&tab=a%20b", "/s3/buckets?region=us-east-1&tab=a%20b"},
      {"/ec2/home#Instances:search=a?b", "/ec2/home?region=eu-central-1#Instances:search=a?b"},
      {"/ec2/home?region=eu-central-1#Instances:", "/ec2/home?region=eu-central-1#Instances:"},
      {"/", "/?region=eu-central-1"}};
  for (const auto& [wanted, path] : expected)
    EXPECT_EQ(ConsolePageUrl(kHost, "eu-central-1", wanted), "https://" + std::string(kHost) + path) << wanted;
}

TEST(ConsolePage, NeverLeavesTheConsole) {
  for (const std::string& wanted :
       {std::string("//evil.example/"), std::string("/\\evil.example/"), std::string("https://evil.example/"),
        std::string("ec2.evil.example"), std::string("@evil.example/"), std::string(":443@evil.example"), std::string("ec2/home"),
        std::string("EC2"), std::string("javascript:alert(1)"), std::string("/a b"), std::string("/a\nb"), std::string("/a\0b", 4),
        std::string("/\"><script>"), std::string("/caf\xc3\xa9"), std::string(" "), std::string("-") + std::string(63, 'a'),
        "/" + std::string(1024, 'a')})
    EXPECT_EQ(ReasonOf([&] { ConsolePageUrl(kHost, "eu-central-1", wanted); }), REASON_CONFIGURATION) << wanted;
}

}  // namespace
}  // namespace vouch
