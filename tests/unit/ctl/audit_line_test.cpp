#include "audit_line.h"

#include <gtest/gtest.h>

#include <string>

namespace vouch {
namespace {

constexpr const char* kLine =
    R"({"time":"2026-11-24T12:00:00.123Z","event":"eks","role":"arn:aws:iam::111122223333:role/Dev","cluster":"demo","server":"https://us.vouch.sh",)"
    R"("pid":4711,"executable":"/usr/bin/kubectl","helper_pid":4712,"uid":1000,"caller_class":"person","result":"ok"})";

TEST(AuditLine, IsWhatTheAgentWrote) {
  const auto line = ParseAuditLine(kLine);

  ASSERT_TRUE(line);
  EXPECT_EQ(line->at, 1795521600);
  EXPECT_EQ(line->event, "eks");
  EXPECT_EQ(line->subject, "arn:aws:iam::111122223333:role/Dev");
  EXPECT_TRUE(line->is_role);
  EXPECT_EQ(line->cluster, "demo");
  EXPECT_EQ(line->executable, "/usr/bin/kubectl");
  EXPECT_EQ(line->pid, 4711);
  EXPECT_EQ(line->caller_class, "person");
  EXPECT_EQ(line->result, "ok");
  EXPECT_EQ(line->json, kLine);
}

TEST(AuditLine, TellsOfLostLines) {
  const auto line = ParseAuditLine(R"({"time":"2026-11-24T12:00:00.123Z","event":"lost","lines":7})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->lost, 7);
}

TEST(AuditLine, LetsNewMembersBe) {
  EXPECT_TRUE(ParseAuditLine(R"({"time":"2026-11-24T12:00:00Z","event":"aws","result":"ok","more":{"a":[1]}})"));
}

TEST(AuditLine, DeepNestingIsNoProblem) {
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  EXPECT_FALSE(ParseAuditLine(deep));
  const auto line = ParseAuditLine(R"({"time":"2026-11-30T07:00:00.000Z","event":"aws","result":"ok","more":)" + deep + "}");
  ASSERT_TRUE(line);
  EXPECT_LT(line->json.size(), 200U);
}

TEST(AuditLine, IsAsciiInJson) {
  const auto line = ParseAuditLine("{\"time\":\"2026-11-24T12:00:00Z\",\"event\":\"aws\",\"result\":\"ok\",\"executable\":\"\xc2\x9b\xe2\x80\xae\"}");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->json, R"({"time":"2026-11-24T12:00:00Z","event":"aws","result":"ok","executable":"\u009b\u202e"})");
}

TEST(AuditLine, IsNothingElse) {
  const std::string good = kLine;
  for (std::size_t end = 0; end < good.size(); ++end) EXPECT_FALSE(ParseAuditLine(good.substr(0, end))) << end;
  for (const char* bad : {
           "", "null", "[]", "\"time\"", "{}",
           R"({"time":"2026-11-24T12:00:00Z","event":"aws"})",                      // without a result
           R"({"time":"2026-11-24T12:00:00Z","result":"ok"})",                      // without an event
           R"({"time":"yesterday","event":"aws","result":"ok"})",
           R"({"time":"2026-13-24T12:00:00Z","event":"aws","result":"ok"})",
           R"({"time":"2026-11-24T12:00:00+01:00","event":"aws","result":"ok"})",
           R"({"time":1795521600,"event":"aws","result":"ok"})",
           R"({"time":"2026-11-24T12:00:00Z","event":"aws","result":"ok","pid":"1"})",
           R"({"time":"2026-11-24T12:00:00Z","event":"aws","result":"ok","pid":1.5})",
           R"({"time":"2026-11-24T12:00:00Z","event":"aws","result":"ok","executable":["a"]})",
           "{\"time\":\"2026-11-24T12:00:00Z\",\"event\":\"aws\",\"result\":\"ok\",\"executable\":\"\xff\"}",
       })
    EXPECT_FALSE(ParseAuditLine(bad)) << bad;
  EXPECT_FALSE(ParseAuditLine(std::string(60'000, '[')));
}

}  // namespace
}  // namespace vouch
