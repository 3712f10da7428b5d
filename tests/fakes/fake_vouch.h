// A Vouch server and an STS in one function for FakeHttpClient: answers every endpoint well unless told otherwise. It checks
// nothing (the sandbox does); tests look at the requests themselves.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "fakes/fake_http_client.h"
#include "fakes/manual_clock.h"

namespace vouch {

class FakeVouch {
 public:
  FakeVouch(FakeHttpClient& http, const ManualClock& clock) : http_(http), clock_(clock) {
    http_.answer = [this](const HttpRequest& request) { return Answer(request); };
  }

  // Overrides for URLs that contain the key.
  std::map<std::string, std::function<HttpResponse()>> instead;
  std::string subject = "alice@example.com";
  std::int64_t session_seconds = 28800;
  std::int64_t sts_seconds = 3600;
  int registrations = 0;

 private:
  HttpResponse Answer(const HttpRequest& request);
  HttpResponse StsAnswer() const;

  FakeHttpClient& http_;
  const ManualClock& clock_;
};

}  // namespace vouch
