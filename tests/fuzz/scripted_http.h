// A far end that is the fuzzed text: an HttpClient whose answers are written as people read them, so that seeds can be, too.
//
//   200                        the status
//   content-type: text/plain   headers, until an empty line; without any, the body is told as JSON
//
//   {"a": 1}                   the body, until a line "~~" and the next answer
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "fakes/manual_clock.h"
#include "fuzz.h"
#include "remote/http.h"

namespace vouch::fuzz {

// Each call gets the next answer; behind the last one nobody can be reached.
class ScriptedHttp final : public HttpClient {
 public:
  ScriptedHttp(const ManualClock& clock, std::string_view script) : clock_(clock), script_(script) {}

  HttpResponse Send(const HttpRequest& request) override {
    last_url_ = request.url;
    if (script_.empty()) throw Error(REASON_UNREACHABLE, "nobody is there");
    std::string_view text = TakeUntil(script_, "\n~~\n");
    HttpResponse response;
    const std::string_view status = TakeUntil(text, "\n");
    std::from_chars(status.data(), status.data() + std::min<std::size_t>(status.size(), 3), response.status);
    response.headers = TakeHeaders(text);
    if (response.headers.empty()) response.headers.emplace_back("content-type", "application/json");
    response.body = text.substr(0, request.max_answer_bytes);  // as the real one does it
    response.sent_ms = response.received_ms = clock_.WallMillis();
    return response;
  }

  const std::string& last_url() const { return last_url_; }

 private:
  static HttpHeaders TakeHeaders(std::string_view& text) {
    HttpHeaders headers;
    while (!text.empty()) {
      std::string_view line = TakeUntil(text, "\n");
      if (line.empty()) break;
      const std::string_view name = TakeUntil(line, ": ");
      headers.emplace_back(name, line);
    }
    return headers;
  }

  const ManualClock& clock_;
  std::string_view script_;
  std::string last_url_;
};

}  // namespace vouch::fuzz
