#include "enroll.h"

#include <algorithm>
#include <ostream>

#include "error.h"
#include "key_name.h"
#include "login.h"
#include "register.h"
#include "time_text.h"

namespace vouch {
namespace {

using std::chrono::seconds;

constexpr seconds kFindKey{10};  // protocol reference 2.3
constexpr seconds kInterval{5};  // RFC 8628, 3.2: when the server names none

// A line that is written again and again; gone when the object is.
class Progress {
 public:
  Progress(std::ostream& err, bool is_shown) : err_(err), is_shown_(is_shown) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool IsShown() const { return is_shown_; }
  void Show(const std::string& text) {
    if (is_shown_) err_ << "\r" << text << "\x1b[K" << std::flush;
  }
  void Clear() {
    if (is_shown_) err_ << "\r\x1b[K" << std::flush;
  }

 private:
  std::ostream& err_;
  const bool is_shown_;
};

class Enrollment {
 public:
  Enrollment(const EnrollOptions& options, Client& client, const EnrollWorld& world, std::ostream& err)
      : options_(options), client_(client), world_(world), err_(err), progress_(err, options.progress) {}

  FinishLoginResponse Run() {
    BeginEnrollmentRequest request;
    request.set_server(options_.server);
    request.set_client_version(VOUCH_VERSION);
    const BeginEnrollmentResponse begun = client_.BeginEnrollment(request);
    const std::int64_t until = world_.now() + LifeOf(begun);
    ShowPage(begun);
    return Wait(begun.enrollment_id(), until, IntervalOf(begun.interval_seconds()));
  }

 private:
  static seconds IntervalOf(int given) { return given > 0 ? seconds(given) : kInterval; }

  // In seconds: the end is told by the server's clock, which need not be ours.
  std::int64_t LifeOf(const BeginEnrollmentResponse& begun) const {
    const std::int64_t in = begun.expires_in_seconds();
    const std::int64_t life = in > 0 ? in : begun.expires_at() - world_.now();  // an older agent tells only the latter
    return options_.timeout == seconds(0) ? life : std::min<std::int64_t>(life, options_.timeout.count());
  }

  void ShowPage(const BeginEnrollmentResponse& begun) {
    const bool is_complete = !begun.verification_uri_complete().empty();
    const std::string& page = is_complete ? begun.verification_uri_complete() : begun.verification_uri();
    err_ << "Open this page in a browser:\n\n    " << Printable(page) << "\n\n"
         << (is_complete ? "It shows this code: " : "Enter this code there: ") << Printable(begun.user_code()) << "\n"
         << std::endl;
    world_.show_page(page);
  }

  FinishLoginResponse Wait(const std::string& id, std::int64_t until, seconds interval) {
    PollEnrollmentRequest request;
    request.set_enrollment_id(id);
    for (;;) {
      Sleep(interval, until);
      if (const auto answer = Poll(request)) {
        if (!answer->pending()) return answer->session();
        interval = IntervalOf(answer->interval_seconds());
      }
    }
  }

  void Sleep(seconds interval, std::int64_t until) {
    const std::int64_t wake = world_.now() + interval.count();
    for (std::int64_t now = world_.now(); now < wake; now = world_.now()) {
      if (now >= until)
        throw Error(REASON_ENROLLMENT_EXPIRED, "nobody finished in the browser in time", "run vouchctl enroll again");
      progress_.Show("Waiting for the browser, " + FormatDuration(until - now) + " left…");
      world_.sleep(progress_.IsShown() ? seconds(1) : seconds(std::min(wake, until) - now));
    }
  }

  // Nothing when the server could not be asked, which says nothing about the person in the browser.
  std::optional<PollEnrollmentResponse> Poll(const PollEnrollmentRequest& request) {
    try {
      return client_.PollEnrollment(request);
    } catch (const Error& error) {
      const bool is_passing = error.reason() == REASON_UNREACHABLE || error.reason() == REASON_UPSTREAM ||
                              error.reason() == REASON_BAD_ANSWER || error.reason() == REASON_RATE_LIMITED;
      if (!is_passing) throw;
      progress_.Clear();
      if (!std::exchange(told_, true)) err_ << Printable(error.what()) << "; still trying…" << std::endl;
      return std::nullopt;
    }
  }

  const EnrollOptions& options_;
  Client& client_;
  const EnrollWorld& world_;
  std::ostream& err_;
  Progress progress_;
  bool told_ = false;
};

// Whether a security key was used in the browser; the server then takes the session for everything. In doubt not: the
// enrolment does not fail for it.
bool IsSessionOfAKey(const std::string& server, Client& client) {
  ListKeysRequest request;
  request.set_server(server);
  try {
    const ListKeysResponse answer = client.ListKeys(request);
    return std::any_of(answer.keys().begin(), answer.keys().end(),
                       [](const auto& key) { return key.is_current_session(); });
  } catch (const Error& error) {
    if (error.reason() == REASON_CANCELLED) throw;
    return false;
  }
}

void RegisterFirstKey(const RegisterOptions& options, Client& client, KeyDialog& key, std::ostream& out) {
  BeginKeyRegistrationResponse begun = BeginRegistration(options, client);
  if (begun.exclude_credential_ids_size() != 0) {
    out << (IsSessionOfAKey(options.server, client) ? "The account has a security key; everything is ready."
                                                    : "The account has a security key; log in with it: vouchctl login")
        << std::endl;
    return;
  }
  std::string name;
  try {
    name = FinishRegistration(options, std::move(begun), client, key, kFindKey);
  } catch (const Error& error) {
    if (error.reason() != REASON_NO_SECURITY_KEY && error.reason() != REASON_TOUCH_TIMEOUT) throw;
    out << (error.reason() == REASON_TOUCH_TIMEOUT ? "No security key was touched." : "No security key is plugged in.")
        << " To register one, run: vouchctl register" << std::endl;
    return;
  }
  out << "Registered this security key as \"" << Printable(name) << "\"." << std::endl;
  RunLogin({options.server}, client, key, out);
}

}  // namespace

void RunEnroll(const EnrollOptions& options, Client& client, KeyDialog& key, const EnrollWorld& world,
               std::ostream& out, std::ostream& err) {
  if (!options.key_name.empty()) CheckedKeyName(options.key_name);  // now, not after all the waiting
  const FinishLoginResponse session = Enrollment(options, client, world, err).Run();
  out << "Enrolled as " << Printable(session.email()) << "." << std::endl;
  RegisterFirstKey({session.server(), options.key_name}, client, key, out);
}

}  // namespace vouch
