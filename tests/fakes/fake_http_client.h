// An HttpClient that is a function, and remembers what it was asked.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "remote/http.h"

namespace vouch {

class FakeHttpClient final : public HttpClient {
 public:
  explicit FakeHttpClient(const Clock& clock) : clock_(clock) {}

  HttpResponse Send(const HttpRequest& request) override {
    requests.push_back(request);
    HttpResponse response = answer(request);
    response.sent_ms = response.received_ms = clock_.WallMillis();
    return response;
  }

  static HttpResponse Json(int status, std::string body, HttpHeaders headers = {}) {
    headers.emplace_back("content-type", "application/json");
    return {status, std::move(headers), std::move(body), 0, 0};
  }

  // Requests whose URL contains `part`.
  std::vector<HttpRequest> To(const std::string& part) const {
    std::vector<HttpRequest> found;
    for (const HttpRequest& request : requests)
      if (request.url.find(part) != std::string::npos) found.push_back(request);
    return found;
  }

  std::function<HttpResponse(const HttpRequest&)> answer = [](const HttpRequest&) { return Json(404, "{}"); };
  std::vector<HttpRequest> requests;

 private:
  const Clock& clock_;
};

// The value of a request's header; empty when it is not there.
inline std::string HeaderOf(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

}  // namespace vouch
