// CurlHttpClient against real TLS servers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "fakes/manual_clock.h"
#include "fakes/temp_folder.h"
#include "remote/curl_http_client.h"
#include "tls_server.h"

namespace vouch {
namespace {

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("SSL_CERT_FILE");
    settings_.ca_bundle = Write("ca.pem", ca_.Pem());
  }
  void TearDown() override { unsetenv("SSL_CERT_FILE"); }

  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.At(name)) << text;
    return folder_.At(name);
  }

  // "" when the server's answer came.
  std::string MessageFor(const TlsServer& server) {
    HttpRequest request;
    request.url = server.url();
    request.connect_timeout = request.total_timeout = Millis(20'000);
    try {
      const HttpResponse response = client_.Send(request);
      EXPECT_EQ(response.body, "ok");
      reason_ = REASON_UNSPECIFIED;
      return "";
    } catch (const Error& error) {
      reason_ = error.reason();
      return error.what();
    }
  }

  TempFolder folder_;
  TestCa ca_;
  NetworkSettings settings_;
  ManualClock clock_;  // no answer is too long in coming by it
  CurlHttpClient client_{clock_, [this] { return settings_; }};
  Reason reason_ = REASON_UNSPECIFIED;
};

TEST_F(TlsTest, TrustsTheConfiguredBundle) {
  TlsServer server(ca_);

  EXPECT_EQ(MessageFor(server), "");
}

TEST_F(TlsTest, SaysThatTheCertificateHasExpired) {
  TlsServer server(ca_, {"IP:127.0.0.1", -7200, -3600, false});

  EXPECT_EQ(MessageFor(server), "no trusted TLS connection to 127.0.0.1: certificate has expired");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(TlsTest, SaysThatTheCertificateIsNotYetValid) {
  TlsServer server(ca_, {"IP:127.0.0.1", 3600, 7200, false});

  EXPECT_EQ(MessageFor(server), "no trusted TLS connection to 127.0.0.1: certificate is not yet valid");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(TlsTest, SaysThatTheNameIsWrong) {
  for (const char* san : {"DNS:vouch.test", "IP:127.0.0.2", "DNS:127.0.0.1.evil.test"}) {
    CertificateOptions options;
    options.san = san;
    TlsServer server(ca_, options);
    EXPECT_EQ(MessageFor(server), "no trusted TLS connection to 127.0.0.1: the certificate is for another host name") << san;
    EXPECT_EQ(reason_, REASON_UNREACHABLE);
  }
}

TEST_F(TlsTest, SaysThatNobodyVouchesForTheIssuer) {
  TestCa other("Another CA");
  TlsServer server(other);

  EXPECT_EQ(MessageFor(server), "no trusted TLS connection to 127.0.0.1: unable to get local issuer certificate");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(TlsTest, SaysThatTheCertificateIsSelfSigned) {
  CertificateOptions options;
  options.self_signed = true;
  TlsServer server(ca_, options);

  EXPECT_EQ(MessageFor(server), "no trusted TLS connection to 127.0.0.1: self-signed certificate");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(TlsTest, SaysThatTheServerIsTooOld) {
  TlsServer server(ca_, {}, TLS1_1_VERSION);

  EXPECT_EQ(MessageFor(server), "no TLS connection to 127.0.0.1: it does not speak TLS 1.2 or newer");
  EXPECT_EQ(reason_, REASON_UNREACHABLE);
}

TEST_F(TlsTest, TakesTls12) {
  TlsServer server(ca_, {}, TLS1_2_VERSION);

  EXPECT_EQ(MessageFor(server), "");
}

TEST_F(TlsTest, TheEnvironmentsBundleCountsWhereTheConfigNamesNone) {
  TlsServer server(ca_);
  setenv("SSL_CERT_FILE", settings_.ca_bundle.c_str(), 1);
  settings_.ca_bundle.clear();
  EXPECT_EQ(MessageFor(server), "");

  settings_.ca_bundle = Write("other.pem", TestCa("Another CA").Pem());
  EXPECT_NE(MessageFor(server), "") << "the config comes first";
}

TEST_F(TlsTest, ABundleIsUsedInsteadOfTheSystemsAndAfterAChangeAtOnce) {
  TlsServer server(ca_);
  EXPECT_EQ(MessageFor(server), "");
  settings_.ca_bundle = Write("other.pem", TestCa("Another CA").Pem());
  EXPECT_NE(MessageFor(server), "") << "the open connection must not be used";

  settings_.ca_bundle = folder_.At("ca.pem");
  EXPECT_EQ(MessageFor(server), "");
  Write("ca.pem", TestCa("Another CA").Pem() + "\n");
  EXPECT_NE(MessageFor(server), "") << "another file under the same name";
}

TEST_F(TlsTest, OneConnectionServesUntilTheSettingsChange) {
  TlsServer server(ca_);
  MessageFor(server);
  MessageFor(server);
  EXPECT_EQ(server.connections(), 1);

  settings_.no_proxy = "elsewhere.test";
  EXPECT_EQ(MessageFor(server), "");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(TlsTest, NoConnectionOutlivesTheSessionsThatUsedIt) {
  TlsServer server(ca_);
  MessageFor(server);

  client_.CloseAll();

  EXPECT_EQ(MessageFor(server), "");
  EXPECT_EQ(server.connections(), 2);
  MessageFor(server);
  EXPECT_EQ(server.connections(), 2) << "what follows shares one again";
}

TEST_F(TlsTest, AConnectionThatRestsIsClosed) {
  ManualClock clock;
  CurlHttpClient client(clock, [this] { return settings_; });
  TlsServer server(ca_);
  HttpRequest request;
  request.url = server.url();
  request.connect_timeout = request.total_timeout = Millis(20'000);
  client.Send(request);

  clock.Advance(24);
  client.CloseRested();
  client.Send(request);
  EXPECT_EQ(server.connections(), 1) << "in the middle of a burst";

  clock.Advance(25);
  client.CloseRested();
  client.Send(request);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(TlsTest, ABundleThatIsNoneIsAMistakeInTheConfig) {
  TlsServer server(ca_);
  for (const std::string& path : {folder_.At("missing.pem"), folder_.path(), Write("text.pem", "not a certificate")}) {
    settings_.ca_bundle = path;
    EXPECT_NE(MessageFor(server).find("network.ca_bundle"), std::string::npos);
    EXPECT_EQ(reason_, REASON_CONFIGURATION) << path;

    settings_.ca_bundle.clear();
    setenv("SSL_CERT_FILE", path.c_str(), 1);
    EXPECT_NE(MessageFor(server).find("SSL_CERT_FILE"), std::string::npos);
    EXPECT_EQ(reason_, REASON_CONFIGURATION) << path;
  }
}

}  // namespace
}  // namespace vouch
