// What the client makes of peers that break the rules: it ends in time, with a reason, and takes no harm.
#include <algorithm>
#include <future>

#include <gtest/gtest.h>

#include "grpc_unary.h"
#include "unit/shims/raw_server.h"
#include "unit/shims/scratch.h"

namespace vouch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLong{30'000};  // for what is sure to end by itself

struct Outcome {
  Reason reason = REASON_UNSPECIFIED;  // stays when the call succeeded
  std::string message;
  std::string answer;
};

Outcome CallOn(UnixStream& stream, milliseconds patience) {
  try {
    SecretText answer;
    const Deadline deadline = steady_clock::now() + patience;
    CallUnary(stream, "/vouch.agent.v1.Agent/GetStatus", "request", deadline, answer);
    return {REASON_UNSPECIFIED, "", answer.text};
  } catch (const Failure& failure) {
    return {failure.reason(), failure.message(), ""};
  }
}

Outcome CallPeer(std::function<void(const RawPeer&)> part, milliseconds patience = kLong) {
  const Scratch scratch;
  const RawServer server(scratch.Path("s"), std::move(part));
  UnixStream stream(scratch.Path("s"), steady_clock::now() + kLong);
  return CallOn(stream, patience);
}

// A peer that reads the request, says `bytes`, and waits for us to go.
std::function<void(const RawPeer&)> Saying(std::string bytes) {
  return [bytes = std::move(bytes)](const RawPeer& peer) {
    peer.ReadRequest();
    if (peer.Send(bytes)) peer.WaitForClose();
  };
}

const std::string kHello = Frame(kSettings, 0, 0, "");
const std::string kHead = kHello + Frame(kHeaders, kEndHeaders, 1, AnswerFields());

std::string Trailers(std::string_view fields) { return Frame(kHeaders, kEndHeaders | kEndStream, 1, fields); }

// A peer that has said hello before the time of the call begins: the hello is there to be read, whatever holds us.
Outcome CallPeerThatSpoke(std::function<void(const RawPeer&)> rest, milliseconds patience) {
  const Scratch scratch;
  std::promise<void> spoke;
  const RawServer server(scratch.Path("s"), [&](const RawPeer& peer) {
    peer.Send(kHello);
    spoke.set_value();
    rest(peer);
  });
  UnixStream stream(scratch.Path("s"), steady_clock::now() + kLong);
  spoke.get_future().wait();
  return CallOn(stream, patience);
}

void ExpectBadAnswer(const Outcome& outcome, const std::string& what) {
  EXPECT_EQ(outcome.reason, REASON_BAD_ANSWER);
  EXPECT_EQ(outcome.message, "the answer on vouchd's socket " + what);
}

TEST(GrpcUnary, AcceptsAnAnswerInOnePiece) {
  const Outcome outcome =
      CallPeer(Saying(kHead + Frame(kData, 0, 1, Prefixed("answer")) + Trailers(Field("grpc-status", "0"))));

  EXPECT_EQ(outcome.message, "");
  EXPECT_EQ(outcome.answer, "answer");
}

TEST(GrpcUnary, AcceptsAnAnswerByteByByte) {
  const std::string bytes =
      kHead + Frame(kData, 0, 1, Prefixed("answer")) + Trailers(Field("grpc-status", "0"));
  const Outcome outcome = CallPeer([&](const RawPeer& peer) {
    for (const char byte : bytes) peer.Send({&byte, 1});
    peer.WaitForClose();
  });

  EXPECT_EQ(outcome.answer, "answer");
}

TEST(GrpcUnary, AcceptsThePrefixSplitOverFrames) {
  const std::string message = Prefixed("answer");
  const Outcome outcome =
      CallPeer(Saying(kHead + Frame(kData, 0, 1, message.substr(0, 3)) + Frame(kData, 0, 1, message.substr(3, 4)) +
                      Frame(kData, 0, 1, message.substr(7)) + Trailers(Field("grpc-status", "0"))));

  EXPECT_EQ(outcome.answer, "answer");
}

TEST(GrpcUnary, AcceptsAnEmptyMessage) {
  const Outcome outcome =
      CallPeer(Saying(kHead + Frame(kData, 0, 1, Prefixed("")) + Trailers(Field("grpc-status", "0"))));

  EXPECT_EQ(outcome.reason, REASON_UNSPECIFIED);
  EXPECT_EQ(outcome.answer, "");
}

TEST(GrpcUnary, IgnoresUnknownFramesAndFields) {
  const Outcome outcome = CallPeer(Saying(kHello + Frame(0x7a, 0, 0, "unknown frame") +
                                          Frame(kHeaders, kEndHeaders, 1, AnswerFields() + Field("x-new", "1")) +
                                          Frame(kData, 0, 1, Prefixed("answer")) +
                                          Trailers(Field("grpc-status", "0") + Field("x-newer", "2"))));

  EXPECT_EQ(outcome.answer, "answer");
}

// SETTINGS is acknowledged late, never not at all: a peer may insist.
TEST(GrpcUnary, AcknowledgesSettingsAndPingWhenThePeerWaitsForThem) {
  const Outcome outcome = CallPeer([](const RawPeer& peer) {
    peer.ReadRequest();
    peer.Send(kHello + Frame(kPing, 0, 0, "12345678"));
    // An acknowledged frame carries flag 1, the same bit as END_STREAM; both come in the client's next write.
    std::string heard;
    while (heard.find("12345678") == std::string::npos) {
      const std::string more = peer.ReadSome();
      if (more.empty()) return;
      heard += more;
    }
    EXPECT_EQ(heard, Frame(kSettings, 1, 0, "") + Frame(kPing, 1, 0, "12345678"));
    peer.Send(Frame(kHeaders, kEndHeaders, 1, AnswerFields()) + Frame(kData, 0, 1, Prefixed("answer")) +
              Trailers(Field("grpc-status", "0")));
    peer.WaitForClose();
  });

  EXPECT_EQ(outcome.answer, "answer");
}

TEST(GrpcUnary, SendsPrefaceAndRequestBeforeThePeerSaysAnything) {
  std::string request;
  CallPeer([&](const RawPeer& peer) { request = peer.ReadRequest(); });

  EXPECT_TRUE(request.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
  EXPECT_TRUE(request.ends_with(Frame(kData, kEndStream, 1, Prefixed("request"))));
}

TEST(GrpcUnary, ReportsAPeerThatClosesAtOnce) {
  const Outcome outcome = CallPeer([](const RawPeer&) {});

  EXPECT_EQ(outcome.reason, REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(outcome.message, "vouchd closed the connection before it answered");
}

TEST(GrpcUnary, ReportsAPeerThatClosesInTheMiddle) {
  const Outcome outcome = CallPeer([](const RawPeer& peer) {
    peer.ReadRequest();
    peer.Send(kHead + Frame(kData, 0, 1, Prefixed("answer")));
  });

  EXPECT_EQ(outcome.reason, REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(outcome.message, "vouchd closed the connection before it answered");
}

TEST(GrpcUnary, GivesUpOnAPeerThatNeverSpeaks) {
  const Outcome outcome = CallPeer([](const RawPeer& peer) { peer.WaitForClose(); }, milliseconds(60));

  EXPECT_EQ(outcome.reason, REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(outcome.message, "vouchd does not answer");
}

TEST(GrpcUnary, GivesUpOnAPeerThatSpeaksAndNeverAnswers) {
  const Outcome outcome = CallPeerThatSpoke([](const RawPeer& peer) { peer.WaitForClose(); }, milliseconds(60));

  EXPECT_EQ(outcome.reason, REASON_UNREACHABLE);
}

TEST(GrpcUnary, KeepsItsDeadlineWithAPeerThatDrips) {
  const auto drips = [](const RawPeer& peer) {
    const std::string ping = Frame(kPing, 0, 0, "12345678");
    while (peer.Send(ping)) std::this_thread::sleep_for(milliseconds(2));
  };
  auto shortest = steady_clock::duration::max();

  for (int i = 0; i < 10 && shortest >= milliseconds(2000); ++i) {  // a busy machine may hold some of them
    const auto start = steady_clock::now();
    EXPECT_EQ(CallPeerThatSpoke(drips, milliseconds(100)).reason, REASON_UNREACHABLE);
    shortest = std::min(shortest, steady_clock::now() - start);
  }

  EXPECT_LT(shortest, milliseconds(2000));
}

TEST(GrpcUnary, RefusesGarbage) { ExpectBadAnswer(CallPeer(Saying(std::string(100, '\xff'))), "is not HTTP/2"); }

TEST(GrpcUnary, RefusesHttp1) {
  ExpectBadAnswer(CallPeer(Saying("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")), "is not HTTP/2");
}

TEST(GrpcUnary, RefusesAPlainHttp2Error) {
  ExpectBadAnswer(CallPeer(Saying(kHello + Trailers(Field(":status", "404")))), "has the HTTP status 404");
}

TEST(GrpcUnary, RefusesAnotherContentType) {
  ExpectBadAnswer(CallPeer(Saying(kHello + Trailers(Field(":status", "200") + Field("content-type", "text/html")))),
                  "is not gRPC");
}

TEST(GrpcUnary, RefusesEndlessHeaders) {
  std::string fields = AnswerFields();
  for (int i = 0; i < 200; ++i) fields += Field("x-" + std::to_string(i), std::string(100, 'v'));
  std::string bytes = kHello + Frame(kHeaders, 0, 1, fields.substr(0, 16000));
  bytes += Frame(kContinuation, kEndHeaders, 1, fields.substr(16000));

  ExpectBadAnswer(CallPeer(Saying(bytes)), "has too many headers");
}

TEST(GrpcUnary, RefusesAnEndlessRunOfContinuations) {
  const Outcome outcome = CallPeer([](const RawPeer& peer) {
    peer.ReadRequest();
    bool open = peer.Send(kHello + Frame(kHeaders, 0, 1, AnswerFields()));
    while (open) open = peer.Send(Frame(kContinuation, 0, 1, ""));
  });

  EXPECT_EQ(outcome.reason, REASON_BAD_ANSWER);
}

TEST(GrpcUnary, RefusesAnEndlessRunOfFrames) {
  const Outcome outcome = CallPeer([](const RawPeer& peer) {
    peer.ReadRequest();
    bool open = peer.Send(kHello);
    const std::string frames = Frame(0x7a, 0, 0, std::string(1000, 'x'));
    while (open) open = peer.Send(frames);
  });

  ExpectBadAnswer(outcome, "does not end");
}

TEST(GrpcUnary, ReportsGoaway) {
  const std::string none_processed = std::string(8, '\0');
  const Outcome outcome = CallPeer(Saying(kHello + Frame(kGoaway, 0, 0, none_processed)));

  EXPECT_EQ(outcome.reason, REASON_AGENT_UNREACHABLE);
  EXPECT_EQ(outcome.message, "vouchd closed the connection before it answered");
}

TEST(GrpcUnary, TakesTheAnswerThatAGracefulGoawayLeavesTime) {
  const std::string first_processed = std::string("\0\0\0\1\0\0\0\0", 8);
  const Outcome outcome =
      CallPeer(Saying(kHello + Frame(kGoaway, 0, 0, first_processed) + Frame(kHeaders, kEndHeaders, 1, AnswerFields()) +
                      Frame(kData, 0, 1, Prefixed("answer")) + Trailers(Field("grpc-status", "0"))));

  EXPECT_EQ(outcome.answer, "answer");
}

TEST(GrpcUnary, ReportsResetOfTheStream) {
  const Outcome outcome = CallPeer(Saying(kHello + Frame(kRstStream, 0, 1, std::string("\0\0\0\2", 4))));

  ExpectBadAnswer(outcome, "was cut off with the HTTP/2 error 2");
}

TEST(GrpcUnary, RefusesAMessageLongerThanAnnounced) {
  const std::string message = Prefixed("answer") + "more";

  ExpectBadAnswer(CallPeer(Saying(kHead + Frame(kData, 0, 1, message) + Trailers(Field("grpc-status", "0")))),
                  "is longer than it announced");
}

TEST(GrpcUnary, RefusesAMessageShorterThanAnnounced) {
  const std::string message = Prefixed("answer").substr(0, 8);

  ExpectBadAnswer(CallPeer(Saying(kHead + Frame(kData, 0, 1, message) + Trailers(Field("grpc-status", "0")))),
                  "is not complete");
}

TEST(GrpcUnary, RefusesSuccessWithoutAMessage) {
  ExpectBadAnswer(CallPeer(Saying(kHello + Trailers(AnswerFields() + Field("grpc-status", "0")))), "is not complete");
}

TEST(GrpcUnary, RefusesACompressedMessage) {
  std::string message = Prefixed("answer");
  message[0] = '\1';

  ExpectBadAnswer(CallPeer(Saying(kHead + Frame(kData, 0, 1, message))), "is compressed, which was not offered");
}

TEST(GrpcUnary, RefusesAMessageAboveTheLimitWhenItIsAnnounced) {
  ExpectBadAnswer(CallPeer(Saying(kHead + Frame(kData, 0, 1, std::string("\0\0\1\0\1", 5)))), "is too large");
  ExpectBadAnswer(CallPeer(Saying(kHead + Frame(kData, 0, 1, std::string("\0\xff\xff\xff\xff", 5)))),
                  "is too large");
}

TEST(GrpcUnary, RefusesAnAnswerWithoutAStatus) {
  ExpectBadAnswer(CallPeer(Saying(kHead + Frame(kData, kEndStream, 1, Prefixed("answer")))),
                  "ends without a gRPC status");
}

TEST(GrpcUnary, RefusesAStatusThatIsNoNumber) {
  for (const char* status : {"", "ok", "0x", "-1", "99999999999"}) {
    ExpectBadAnswer(
        CallPeer(Saying(kHead + Frame(kData, 0, 1, Prefixed("answer")) + Trailers(Field("grpc-status", status)))),
        "ends without a gRPC status");
  }
}

TEST(GrpcUnary, RefusesARequestThatIsTooLarge) {
  const Scratch scratch;
  const RawServer server(scratch.Path("s"), [](const RawPeer& peer) { peer.WaitForClose(); });
  const Deadline deadline = steady_clock::now() + milliseconds(1000);
  UnixStream stream(scratch.Path("s"), deadline);
  SecretText answer;

  EXPECT_THROW(CallUnary(stream, "/x", std::string(32 * 1024 + 1, 'r'), deadline, answer), Failure);
}

}  // namespace
}  // namespace vouch
