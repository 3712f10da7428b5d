#include "session/enrollment.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"

namespace vouch {
namespace {

constexpr int kSlowDownBy = 5;     // seconds, RFC 8628 section 3.5
constexpr int kLongestBackOff = 60;  // of our own doubling; what the server asks for is not shortened

}  // namespace

BegunEnrollment Enrollment::Begin(const std::string& server) {
  const ServerUrl url(server.empty() ? login_.CurrentServer() : server);
  login_.CatchUp();  // before a key is made that the keyring has
  std::shared_ptr<VouchApi> vouch = servers_.Api(url);
  std::optional<DeviceAuthorization> device;
  const std::string client_id =
      servers_.AsClient(*vouch, [&](const std::string& id) { device = vouch->StartDeviceFlow(id); });
  BegunEnrollment begun{"", device->user_code, device->verification_uri, device->verification_uri_complete,
                        vouch->clock().NowSeconds() + device->expires_in, device->expires_in, device->interval, url.text()};
  const std::int64_t first_poll = clock_.SteadyMillis() + device->interval * std::int64_t{1000};
  begun.enrollment_id =
      begun_.Put({vouch, client_id, std::move(device->device_code), device->interval, first_poll}, device->expires_in);
  return begun;
}

EnrollmentPoll Enrollment::Poll(const std::string& enrollment_id) {
  {
    std::lock_guard lock(mutex_);
    if (!asking_.insert(enrollment_id).second) return {nullptr, kSlowDownBy};
  }
  struct Asked {
    Enrollment& enrollment;
    const std::string& id;
    ~Asked() {
      std::lock_guard lock(enrollment.mutex_);
      enrollment.asking_.erase(id);
    }
  } asked{*this, enrollment_id};
  return AskOnce(enrollment_id);
}

EnrollmentPoll Enrollment::AskOnce(const std::string& enrollment_id) {
  auto taken = begun_.Take(enrollment_id);
  if (!taken)
    throw Error(REASON_ENROLLMENT_EXPIRED, "nobody entered the code in time", "run: vouchctl enroll");
  auto& [begun, ends_at_ms] = *taken;
  EnrollmentPoll poll{nullptr, begun.interval};
  if (clock_.SteadyMillis() >= begun.next_poll_ms) {
    try {
      poll = Ask(begun);
    } catch (const Error& error) {
      if (error.reason() == REASON_CLIENT_UNKNOWN) servers_.ForgetRegistration(begun.vouch->server(), begun.client_id);
      if (!IsTransient(error.reason())) throw;
      if (error.reason() == REASON_UNREACHABLE || error.reason() == REASON_RATE_LIMITED)
        begun.interval = std::max(begun.interval, std::min(2 * begun.interval, kLongestBackOff));
      begun.next_poll_ms = clock_.SteadyMillis() + begun.interval * std::int64_t{1000};
      begun_.Return(enrollment_id, std::move(begun), ends_at_ms);
      throw;
    }
  }
  if (!poll.session) begun_.Return(enrollment_id, std::move(begun), ends_at_ms);
  return poll;
}

EnrollmentPoll Enrollment::Ask(Begun& begun) {
  VouchApi& vouch = *begun.vouch;
  DevicePoll poll = vouch.PollDeviceFlow(begun.client_id, begun.device_code);
  if (poll.state == DevicePoll::State::kSlowDown) begun.interval = begun.interval + kSlowDownBy;
  if (poll.state != DevicePoll::State::kDone) {
    begun.next_poll_ms = clock_.SteadyMillis() + begun.interval * std::int64_t{1000};
    return {nullptr, begun.interval};
  }
  LoginToken& token = *poll.token;
  auto session = sessions_.Open(begun.vouch, std::move(token.access_token),
                                {begun.client_id, token.email, vouch.clock().NowSeconds(), token.expires_at});
  servers_.SetDefault(vouch.server());
  LogInfo("enrolled at " + vouch.server().key());
  return {std::move(session), begun.interval};
}

}  // namespace vouch
