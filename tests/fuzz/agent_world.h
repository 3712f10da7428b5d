// The agent's service with a far end of fakes and somebody logged in, all on the thread that asks: what the targets of the door
// send their bytes to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_notifier.h"
#include "fakes/fake_processes.h"
#include "fakes/fake_vouch.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_secret_store.h"
#include "fakes/temp_folder.h"
#include "remote/sts.h"
#include "server/hand_outs.h"
#include "server/service.h"

namespace vouch::fuzz {

inline const std::string kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
inline constexpr std::string_view kSecret = "canary-secret";  // of the credential that is in the cache

// Work runs at once, on the thread that posts it; timers never fire.
inline Executor AtOnce() {
  Executor executor;
  executor.post = [](const char*, std::function<void()> work) { work(); };
  executor.after = [](Millis, const std::function<void()>&) {};
  return executor;
}

struct AgentWorld {
  AgentWorld() {
    vouch.instead["sts."] = [this] { return StsAnswer(); };
    const BegunLogin begun = login.Begin("");
    login.Finish(begun.login_id, {"id", "data", "sig", "{}", "user"});
    AwsCaller caller;
    caller.role_arn = kRole;
    aws.Get(ResolveAwsRequest(caller), [](const auto&) {});
    http.requests.clear();
  }

  HttpResponse StsAnswer() {
    http.requests.clear();  // or they would be what grows
    return {200, {},
            "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>" + std::string(kSecret) +
                "</SecretAccessKey><SessionToken>st1</SessionToken><Expiration>" + FormatRfc3339(clock.Seconds() + 3600) +
                "</Expiration></Credentials></R>",
            0, 0};
  }

  ManualClock clock;
  TempFolder folder;
  FakeHttpClient http{clock};
  FakeVouch vouch{http, clock};
  Executor executor = AtOnce();
  Sts sts{http, clock};
  MemorySecretStore keyring, file;
  ClientKeys keys{&keyring, file};
  StateFile state{folder.At("state.json")};
  SessionArchive archive{&keyring, state};
  Sessions sessions{archive, sts.clock(), executor};
  ServerSettings settings{"https://us.vouch.sh", {}};
  Servers servers{{http, clock, keys, state, [this] { return settings; }}};
  Login login{{clock, servers, sessions, keys, [] { return std::string(); }}};
  Enrollment enrollment{clock, servers, sessions, login};
  SecurityKeys security_keys{clock, sessions};
  Aws aws{sessions, sts, clock};
  Eks eks{aws, sts.clock()};
  EksApi eks_api{http, sts.clock(), clock};
  EksClusters eks_clusters{aws, eks_api, executor};
  Kubernetes kubernetes{sessions, servers};
  Federation federation{http};
  Console console{sessions, aws, federation, executor, clock};
  FakeNotifier desktop;
  FakeProcesses processes;
  std::shared_ptr<const Policy> policy = std::make_shared<const Policy>();
  AuditLog audit{folder.At("audit.log"), [this](const Caller& caller) { return FindProgram(caller, processes.table); }};
  Lock lock{state, [this] { return sessions.current(); }};
  Confirmations confirmations{{desktop, clock, executor, [] { return false; }, [] { return std::int64_t{900'000}; },
                               [this](const ConfirmationSubject& subject, bool allowed, const char* way) {
                                 guard.RecordWord(subject, allowed, way);
                               }}};
  Guard guard{{lock, confirmations, audit, clock, processes.table, [this] { return policy; }, "/home/alice/vouchd.toml"}};
  HandOuts hand_outs{{sessions, aws, eks, eks_clusters, kubernetes, console, sts.clock(), guard}};
  boost::asio::io_context loop;
  CredentialEndpoints endpoints{loop, hand_outs};
  Notices notices{{sessions, desktop, clock, executor, [] { return false; }}};
  Service service{{login, enrollment, security_keys, sessions, state, keys, archive, hand_outs, endpoints, executor, clock, 0,
                   [] { return std::vector<std::string>(); }, [] { return true; },
                   [] { return std::string("{}"); }, [](const EndpointToCheck&) { return CheckedEndpoint(); }, notices,
                   [] { return std::string(); }}};
};

}  // namespace vouch::fuzz
