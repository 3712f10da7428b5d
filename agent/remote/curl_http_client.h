// HttpClient by libcurl: proxies, private CAs, IPv6, time-outs and connection reuse are its business. Made once by the agent.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "remote/http.h"
#include "remote/network_settings.h"

using CURL = void;

namespace vouch {

class CurlHttpClient final : public HttpClient {
 public:
  explicit CurlHttpClient(const Clock& clock, NetworkSettingsSource settings = {});
  ~CurlHttpClient() override;

  HttpResponse Send(const HttpRequest& request) override;

  // Ends every call under way with REASON_UNREACHABLE within a second, and every later one. For a stopping process.
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  struct EasyDeleter {
    void operator()(CURL* handle) const;
  };
  using Easy = std::unique_ptr<CURL, EasyDeleter>;

  Easy Take();
  void GiveBack(Easy handle);

  const Clock& clock_;
  const NetworkSettingsSource settings_;
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::vector<Easy> idle_;  // each keeps its connections open for the next call
};

}  // namespace vouch
