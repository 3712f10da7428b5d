// Enrolment by the device flow (RFC 8628; protocol reference 1.2): a code that the person enters in a browser, then a session.
// Called by server/service on workers.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "session/login.h"

namespace vouch {

struct BegunEnrollment {
  std::string enrollment_id;
  std::string user_code, verification_uri, verification_uri_complete;
  std::int64_t expires_at;  // Unix seconds, server-corrected
  std::int64_t expires_in;  // the same in seconds from now
  int interval;             // seconds
  std::string server;
};

struct EnrollmentPoll {
  std::shared_ptr<Session> session;  // null: the person has not finished
  int interval = 0;                  // seconds, from now on
};

// Safe on any thread. All references must outlive it.
class Enrollment {
 public:
  Enrollment(Clock& clock, Servers& servers, Sessions& sessions, Login& login)
      : clock_(clock), servers_(servers), sessions_(sessions), login_(login), begun_(clock) {}

  // `server` empty: the current one. Throws what VouchApi::StartDeviceFlow does, and REASON_CONFIGURATION when no server is
  // known or its URL is bad.
  BegunEnrollment Begin(const std::string& server);

  // Asks the server at most once an interval; called earlier, or while another call asks, it answers "not yet". Throws
  // REASON_ENROLLMENT_EXPIRED and what VouchApi::PollDeviceFlow does; what is transient leaves the enrolment as it is, with
  // twice the interval when the server could not be reached or is busy (RFC 8628, 3.5).
  EnrollmentPoll Poll(const std::string& enrollment_id);

 private:
  struct Begun {
    std::shared_ptr<VouchApi> vouch;
    std::string client_id;
    Secret device_code;
    int interval;
    std::int64_t next_poll_ms;  // steady
  };

  EnrollmentPoll AskOnce(const std::string& enrollment_id);
  EnrollmentPoll Ask(Begun& begun);

  Clock& clock_;
  Servers& servers_;
  Sessions& sessions_;
  Login& login_;
  Pending<Begun> begun_;
  std::mutex mutex_;
  std::set<std::string> asking_;  // enrolments that a call is under way for
};

}  // namespace vouch
