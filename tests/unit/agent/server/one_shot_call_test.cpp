#include "server/one_shot_call.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "unit/agent/server/shim_call.h"

namespace vouch {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr int kPadded = 8;
const std::string kLast = Frame(kGoaway, 0, 0, {"\0\0\0\1\0\0\0\0", 8});  // the end, and no error

std::unique_ptr<OneShotCall> Find(std::string_view bytes) {
  return OneShotCall::Find({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string Start() { return std::string(kPreface) + Frame(kSettings, 0, 0, ""); }

std::string Fields(std::string_view path = "/vouch.agent.v1.Agent/GetStatus", std::string_view agent = "vouch-shim/1") {
  return Field(":method", "POST") + Field(":scheme", "http") + Field(":path", path) + Field(":authority", "localhost") +
         Field("te", "trailers") + Field("content-type", "application/grpc") + Field("user-agent", agent);
}

std::string Request(const std::string& fields, const std::string& body = Prefixed("message")) {
  return Start() + Frame(kHeaders, kEndHeaders, 1, fields) + Frame(kData, kEndStream, 1, body);
}

TEST(OneShotCall, ReadsTheCallOfAShim) {
  const std::string message(2000, 'm');

  const auto call = Find(RequestOfShim("GetAwsCredentials", message));

  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->method(), "GetAwsCredentials");
  EXPECT_EQ(call->message(), message);
}

TEST(OneShotCall, AnswersSoThatAShimReadsIt) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2000}, kMaxOneShotAnswerBytes}) {
    const auto call = Find(Request(Fields()));
    ASSERT_NE(call, nullptr);

    const auto answer = call->Answer(std::string(size, 'a'));

    ASSERT_TRUE(answer) << size;
    EXPECT_EQ(ReadByShim(answer->text), std::string(size, 'a'));
  }
}

TEST(OneShotCall, EndsTheConnectionBehindTheAnswer) {
  const auto answer = Find(Request(Fields()))->Answer("a");

  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->text.ends_with(kLast));
}

TEST(OneShotCall, LeavesALargeAnswerToOthers) {
  EXPECT_EQ(Find(Request(Fields()))->Answer(std::string(kMaxOneShotAnswerBytes + 1, 'a')), std::nullopt);
}

TEST(OneShotCall, LeavesToOthersWhatTheWindowDoesNotTake) {
  const std::string small_window("\0\4\0\0\0\x10", 6);  // SETTINGS_INITIAL_WINDOW_SIZE 16
  const auto call = Find(std::string(kPreface) + Frame(kSettings, 0, 0, small_window) +
                         Frame(kHeaders, kEndHeaders, 1, Fields()) + Frame(kData, kEndStream, 1, Prefixed("")));
  ASSERT_NE(call, nullptr);

  EXPECT_EQ(call->Answer(std::string(100, 'a')), std::nullopt);
}

TEST(OneShotCall, ReadsPaddedFrames) {
  const std::string padded_fields = std::string(1, '\3') + Fields() + std::string(3, '\0');
  const std::string padded_body = std::string(1, '\2') + Prefixed("message") + std::string(2, '\0');

  const auto call = Find(Start() + Frame(kHeaders, kEndHeaders | kPadded, 1, padded_fields) +
                         Frame(kData, kEndStream | kPadded, 1, padded_body));

  ASSERT_NE(call, nullptr);
  EXPECT_EQ(call->message(), "message");
}

TEST(OneShotCall, IsNothingElseThanAShimSends) {
  ASSERT_NE(Find(Request(Fields())), nullptr);
  const std::string headers = Frame(kHeaders, kEndHeaders, 1, Fields());
  const std::string data = Frame(kData, kEndStream, 1, Prefixed("m"));
  const std::pair<const char*, std::string> others[] = {
      {"nothing", ""},
      {"garbage", std::string(200, 'x')},
      {"HTTP/1", "GET / HTTP/1.1\r\n\r\n"},
      {"no SETTINGS first", std::string(kPreface) + headers + data},
      {"another program", Request(Fields("/vouch.agent.v1.Agent/GetStatus", "grpc-c++/1.51.1"))},
      {"no program named", Request(Field(":method", "POST") + Field(":scheme", "http") +
                                   Field(":path", "/vouch.agent.v1.Agent/GetStatus") + Field("content-type", "application/grpc"))},
      {"another service", Request(Fields("/grpc.health.v1.Health/Check"))},
      {"another header", Request(Fields() + Field("grpc-encoding", "gzip"))},
      {"a header twice that must not be", Request(Fields() + Field(":path", "/vouch.agent.v1.Agent/GetAwsCredentials"))},
      {"many headers", Request(Fields() + [] {
         std::string many;
         for (int i = 0; i < 60; ++i) many += Field("te", std::string(60, 't'));
         return many;
       }())},
      {"CONTINUATION", Start() + Frame(kHeaders, 0, 1, Fields()) + Frame(kContinuation, kEndHeaders, 1, "") + data},
      {"PING", Start() + Frame(kPing, 0, 0, "12345678") + headers + data},
      {"RST_STREAM", Start() + headers + Frame(kRstStream, 0, 1, std::string(4, '\0')) + data},
      {"two requests", Request(Fields()) + Frame(kHeaders, kEndHeaders, 3, Fields()) + Frame(kData, kEndStream, 3, Prefixed("n"))},
      {"two requests in turn", Start() + headers + Frame(kHeaders, kEndHeaders, 3, Fields()) + data},
      {"another stream", Start() + Frame(kHeaders, kEndHeaders, 3, Fields()) + Frame(kData, kEndStream, 3, Prefixed("m"))},
      {"no body", Start() + Frame(kHeaders, kEndHeaders | kEndStream, 1, Fields())},
      {"half a prefix", Request(Fields(), Prefixed("").substr(0, 3))},
      {"a compressed message", Request(Fields(), "\1" + Prefixed("m").substr(1))},
      {"a shorter message than announced", Request(Fields(), Prefixed("message").substr(0, 9))},
      {"two messages", Request(Fields(), Prefixed("m") + Prefixed("n"))},
      {"too large", Request(Fields(), Prefixed(std::string(kMaxOneShotBytes, 'm')))},
      {"something behind", Request(Fields()) + "x"},
  };
  for (const auto& [name, bytes] : others) EXPECT_EQ(Find(bytes), nullptr) << name;
}

TEST(OneShotCall, IsNotThereBeforeItsLastByte) {
  const std::string whole = RequestOfShim("GetEksToken", std::string(300, 'm'));
  ASSERT_NE(Find(whole), nullptr);

  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_EQ(Find(whole.substr(0, size)), nullptr) << size;
}

// A call that is found in damaged bytes is one that they hold: a method of our service and a message, both as they stand there.
TEST(OneShotCall, SurvivesDamage) {
  const std::string whole = RequestOfShim("GetEksToken", std::string(300, 'm'));
  const std::string prefixed_length = Prefixed(std::string(300, 'm')).substr(0, 5);
  std::minstd_rand random(20240501);
  int found = 0;
  for (int round = 0; round < 10000; ++round) {
    std::string damaged = whole;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto call = Find(damaged);
    if (!call) continue;
    ++found;
    EXPECT_NE(damaged.find(prefixed_length + std::string(call->message())), std::string::npos);
    const auto answer = call->Answer("answer");
    EXPECT_TRUE(!answer || answer->text.ends_with(kLast));
  }
  EXPECT_GT(found, 1000);  // most of the bytes are the message's, so that changing them leaves a call
  EXPECT_LT(found, 10000);
}

}  // namespace
}  // namespace vouch
