// A day of a laptop in a second: the daemon below server/ with its renewer and workers, events on a clock that is moved,
// and a far end that takes time, fails when told to, and keeps its own time while the clock of this machine is stepped.
// Every credential that is handed out and every refusal is written down, with what was true at that moment.
#pragma once

#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/time_format.h"
#include "credentials/aws.h"
#include "credentials/eks.h"
#include "credentials/kubernetes.h"
#include "fakes/session_world.h"
#include "fakes/turn_taker.h"

namespace vouch {

constexpr std::int64_t kMinute = 60'000;  // milliseconds, as all times of the plan of a day
constexpr std::int64_t kHour = 60 * kMinute;

class SimulatedDay {
 public:
  enum class Kind { kAws, kEks, kKubernetes };
  struct HandOut {
    Kind kind;
    std::string entry;              // of the cache: what one credential serves
    std::int64_t at;                // Unix seconds, true time
    std::int64_t left;              // seconds until its end, by true time
    std::int64_t left_underneath;   // of the AWS credential that an EKS token is signed with
    std::int64_t waited_ms;
    bool trouble;                   // the far end fails, or did until a moment ago
    std::int64_t unlearnt_ms;       // since this machine's clock was set, when AWS has not been heard since; else 0
  };
  struct Refusal {
    std::string entry;
    Reason reason;
    std::int64_t at;
    std::int64_t waited_ms;
    bool trouble;
    bool had_valid;                 // what was issued last for this entry has not ended
  };
  struct StsCall {
    std::string entry;
    std::int64_t at;                // Unix seconds, true time
    bool trouble;
  };
  enum class Fault { kNone, kUnreachable, kSilent, kThrottled, kServerError };
  using Then = std::function<void(std::optional<std::int64_t> expires_at)>;

  explicit SimulatedDay(unsigned seed) : random(seed), well_(world.http.answer) {
    world.clock.on_sleep = [this](std::int64_t ms) { Pass(ms); };
    world.http.answer = [this](const HttpRequest& request) { return Answer(request); };
  }
  ~SimulatedDay() { Drain(); }

  // ---- time ---------------------------------------------------------------------------------------------------------

  std::int64_t Now() const { return world.clock.SteadyMillis(); }      // ms, of this machine awake
  std::int64_t LocalSeconds() const { return world.clock.Seconds(); }  // what programs see
  std::int64_t TrueSeconds() const { return (world.clock.WallMillis() - clock_error_ms_) / 1000; }

  void After(std::int64_t ms, std::function<void()> work) { events_.emplace(Now() + ms, std::move(work)); }
  std::int64_t Random(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  }

  // `ms` of this machine being awake.
  void Run(std::int64_t ms) {
    const std::int64_t end = Now() + ms;
    Settle();
    while (!events_.empty() && events_.begin()->first <= end) Step();
    world.clock.AdvanceMillis(end - Now());
  }

  // The renewer's timer sees both, a moment after others may have (wall_timer.h).
  void Suspend(std::int64_t seconds) {
    world.clock.Suspend(seconds);
    TickIn(Random(0, 1000));
  }
  // This machine's clock is set, rightly or wrongly; the world's goes on.
  void SetClock(std::int64_t by_seconds) {
    world.clock.StepWall(by_seconds);
    clock_error_ms_ += by_seconds * 1000;
    clock_set_at_ = Now();
    TickIn(Random(0, 1000));
  }

  // ---- the daemon ---------------------------------------------------------------------------------------------------

  void LogInAndStart() {
    world.LogIn();
    Tick();
  }

  void AskAws(const AwsRequest& request, Then then) {
    Ask(Entry(request), std::move(then), [&](auto answered) {
      aws.Get(request, [answered](const ExpiringCache<AwsCredentials>::Outcome& outcome) {
        if (const Error* error = std::get_if<Error>(&outcome)) return answered(*error);
        answered(HandOut{Kind::kAws, {}, 0, std::get<0>(outcome)->expires_at, 0, 0, false, 0});
      });
    });
  }

  void AskEks(const AwsRequest& request, Then then) {
    Ask(Entry(request), std::move(then), [&](auto answered) {
      eks.Get(request, "demo", [this, answered, key = AwsCacheKey(request)](const Eks::Outcome& outcome) {
        if (const Error* error = std::get_if<Error>(&outcome)) return answered(*error);
        answered(HandOut{Kind::kEks, {}, 0, std::get<EksToken>(outcome).expires_at, Held(key), 0, false, 0});
      });
    });
  }

  void AskKubernetes(const std::string& audience, Then then) {
    Ask("kubernetes " + audience, std::move(then), [&](auto answered) {
      kubernetes.Get("", audience, [answered](const ExpiringCache<KubernetesToken>::Outcome& outcome) {
        if (const Error* error = std::get_if<Error>(&outcome)) return answered(*error);
        answered(HandOut{Kind::kKubernetes, {}, 0, std::get<0>(outcome)->expires_at, 0, 0, false, 0});
      });
    });
  }

  // Everything that changes the credential, as far as a day's callers differ in it.
  static std::string Entry(const AwsRequest& request) {
    return request.sts_host + " " + PercentEncode(request.role.text) + (request.policy_arn.empty() ? "" : " read-only");
  }

  // ---- the far end --------------------------------------------------------------------------------------------------

  // Between two moments of the plan, in ms from now.
  void Break(Fault& which, Fault how, std::int64_t from, std::int64_t to) {
    After(from, [&which, how] { which = how; });
    After(to, [this, &which] {
      which = Fault::kNone;
      trouble_ended_at_ = Now();
    });
  }

  // Whether somebody can still feel it: retries are at most 2 minutes apart, and a fetch that began in it may wait 10 s for an answer.
  bool Trouble() const {
    constexpr std::int64_t kFelt = 2 * kMinute + 15'000;
    return sts != Fault::kNone || vouch != Fault::kNone || Now() - trouble_ended_at_ <= kFelt;
  }

  SessionWorld world;
  Aws aws{world.sessions, world.sts, world.clock};
  Eks eks{aws, world.sts.clock()};
  Kubernetes kubernetes{world.sessions, world.servers};
  std::mt19937 random;
  Fault sts = Fault::kNone, vouch = Fault::kNone;
  std::vector<HandOut> hand_outs;
  std::vector<Refusal> refusals;
  std::vector<StsCall> sts_calls;
  int unanswered = 0;
  bool at_rest = false;  // the user is away; what runs by itself goes on

 private:
  static constexpr int kWorkers = 8;  // as workers.h

  // As agent.cpp.
  void Tick() {
    world.sessions.Expire();
    std::int64_t next = Freshness::kTick;
    for (const auto& session : world.sessions.All()) {
      next = std::min({next, session->aws->Tick(Freshness::kTick), session->kubernetes->Tick(Freshness::kTick)});
      const std::int64_t left = session->identity().expires_at - session->vouch().clock().NowSeconds();
      next = std::min(next, std::max<std::int64_t>(1, left));
    }
    TickIn(std::max<std::int64_t>(1, next) * 1000);
  }

  // Replaces the tick that was to come.
  void TickIn(std::int64_t ms) {
    After(ms, [this, mine = ++ticks_] {
      if (mine == ticks_) Tick();
    });
  }

  void Step() {
    auto event = events_.extract(events_.begin());
    world.clock.AdvanceMillis(std::max<std::int64_t>(0, event.key() - Now()));
    event.mapped()();
    Settle();
  }

  // What the daemon has asked its executor for.
  void Settle() {
    for (auto& [delay, work] : std::exchange(world.steps.timers, {})) After(delay.count(), std::move(work));
    while (!world.steps.posted.empty() && busy_ < kWorkers) {
      auto worker = std::make_shared<TurnTaker>(std::move(world.steps.posted.front()));
      world.steps.posted.pop_front();
      ++busy_;
      Resume(worker);
      for (auto& [delay, work] : std::exchange(world.steps.timers, {})) After(delay.count(), std::move(work));
    }
  }

  void Resume(const std::shared_ptr<TurnTaker>& worker) {
    running_ = worker;
    if (worker->Resume()) --busy_;
    running_.reset();
  }

  // Time that a worker spends waiting.
  void Pass(std::int64_t ms) {
    if (!running_) return world.clock.AdvanceMillis(ms);
    TurnTaker& me = *running_;
    After(ms, [this, worker = running_] { Resume(worker); });
    me.Wait();
  }

  void Drain() {
    while (busy_ > 0 && !events_.empty()) Step();
  }

  // Writes down what `get` answers, once.
  template <typename Get>
  void Ask(const std::string& entry, Then then, const Get& get) {
    ++unanswered;
    auto answered = [this, entry, then = std::move(then), asked = Now()](std::variant<HandOut, Error> answer) {
      --unanswered;
      const std::int64_t now = TrueSeconds(), waited = Now() - asked;
      if (const Error* error = std::get_if<Error>(&answer)) {
        refusals.push_back({entry, error->reason(), now, waited, Trouble(), issued_[entry] > now});
        return then(std::nullopt);
      }
      HandOut& given = std::get<HandOut>(answer);
      const std::int64_t expires_at = given.left;
      issued_[entry] = std::max(issued_[entry], expires_at);
      hand_outs.push_back({given.kind, entry, now, expires_at - now, given.left_underneath - now, waited, Trouble(),
                           clock_set_at_ ? Now() - *clock_set_at_ + 1 : 0});
      then(expires_at);
    };
    try {
      get(answered);
    } catch (const Error& error) {
      answered(error);
    }
  }

  std::int64_t Held(const std::string& key) {
    if (auto session = world.sessions.Find())
      for (const auto& entry : session->aws->List())
        if (entry.key == key) return entry.value->expires_at;
    return 0;
  }

  HttpResponse Answer(const HttpRequest& request) {
    const bool to_sts = request.url.find("//sts.") != std::string::npos;
    const std::string entry = to_sts ? EntryOf(request) : "";
    if (to_sts) sts_calls.push_back({entry, TrueSeconds(), Trouble()});
    Pass(Random(20, 125));
    const Fault fault = to_sts ? sts : vouch;
    if (fault == Fault::kSilent) Pass(10'000);
    if (fault == Fault::kSilent || fault == Fault::kUnreachable) throw Error(REASON_UNREACHABLE, "no way there");
    HttpResponse response = fault != Fault::kNone ? Failure(fault, to_sts) : to_sts ? Issue(entry) : well_(request);
    response.headers.emplace_back("date", HttpDate(TrueSeconds()));
    Pass(Random(20, 125));
    if (to_sts) clock_set_at_.reset();
    return response;
  }

  HttpResponse Issue(const std::string& entry) {
    const std::int64_t end = TrueSeconds() + world.vouch.sts_seconds;
    issued_[entry] = end;
    return {200, {},
            "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret1</SecretAccessKey>"
            "<SessionToken>st1</SessionToken><Expiration>" + FormatRfc3339(end) + "</Expiration></Credentials></R>",
            0, 0};
  }

  static HttpResponse Failure(Fault fault, bool of_sts) {
    if (fault == Fault::kServerError) return {503, {}, "", 0, 0};
    if (!of_sts) return FakeHttpClient::Json(429, "{}");
    return {400, {},
            "<ErrorResponse><Error><Code>Throttling</Code><Message>m</Message></Error></ErrorResponse>", 0, 0};
  }

  static std::string EntryOf(const HttpRequest& request) {
    const std::size_t host = request.url.find("//") + 2, role = request.body.find("RoleArn=") + 8;
    const bool read_only = request.body.find("PolicyArns.") != std::string::npos;
    return request.url.substr(host, request.url.find('/', host) - host) + " " +
           request.body.substr(role, request.body.find('&', role) - role) + (read_only ? " read-only" : "");
  }

  static std::string HttpDate(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[40];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
  }

  std::function<HttpResponse(const HttpRequest&)> well_;
  std::multimap<std::int64_t, std::function<void()>> events_;
  std::map<std::string, std::int64_t> issued_;  // by entry: the end of the last credential
  std::int64_t clock_error_ms_ = 0;             // local minus true
  std::optional<std::int64_t> clock_set_at_;    // and nothing heard from AWS since
  std::int64_t trouble_ended_at_ = -24 * kHour;
  int ticks_ = 0;
  int busy_ = 0;
  std::shared_ptr<TurnTaker> running_;
};

}  // namespace vouch
