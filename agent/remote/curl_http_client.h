// HttpClient by libcurl: proxies, private CAs, IPv6, time-outs and connection reuse are its business. Made once by the agent.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "remote/http.h"
#include "remote/network_settings.h"

using CURL = void;

namespace vouch {

class CurlHttpClient final : public HttpClient {
 public:
  // `settings` is asked on every call, so that a change counts from the next one on. Wrong settings end a call with
  // REASON_CONFIGURATION. Besides the limits of a request: 5 s without a byte, once connected, end it.
  explicit CurlHttpClient(const Clock& clock, NetworkSettingsSource settings = {});
  ~CurlHttpClient() override;

  HttpResponse Send(const HttpRequest& request) override;

  // Ends every call under way with REASON_UNREACHABLE within a second, and every later one. For a stopping process.
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  // What went through a connection stays in libcurl's and OpenSSL's buffers as long as it is open. So those that rest for longer
  // than a burst of calls are closed, and when a session ends, all are: a call's that is under way when it is done. Any thread.
  void CloseRested();
  void CloseAll();

 private:
  struct EasyDeleter {
    void operator()(CURL* handle) const;
  };
  using Easy = std::unique_ptr<CURL, EasyDeleter>;

  struct Idle {
    Easy handle;
    std::int64_t since_ms;  // steady
  };

  Easy Take(const std::string& network);
  void GiveBack(Easy handle, const std::string& network, unsigned round);

  const Clock& clock_;
  const NetworkSettingsSource settings_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::string idle_network_;  // the identity of the settings that idle_ was used under
  std::vector<Idle> idle_;    // each keeps its connections open for the next call; the last used one at the end
  std::atomic<unsigned> round_{0};  // counts CloseAll: handles of an earlier round are not kept
};

}  // namespace vouch
