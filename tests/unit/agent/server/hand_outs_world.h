// Everything that can be handed out, with its guard, over a SessionWorld. What tests of server/ start from that ask for it.
#pragma once

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fakes/fake_notifier.h"
#include "fakes/fake_processes.h"
#include "fakes/session_world.h"
#include "server/hand_outs.h"

namespace vouch {

struct HandOutsWorld {
  // Work that blocks goes to `executor`.
  HandOutsWorld(SessionWorld& world, const Executor& executor)
      : folder(world.folder),
        aws(world.sessions, world.sts, world.clock),
        eks(aws, world.sts.clock()),
        eks_api(world.http, world.sts.clock(), world.clock),
        eks_clusters(aws, eks_api, executor),
        kubernetes(world.sessions, world.servers),
        federation(world.http),
        console(world.sessions, aws, federation, executor, world.clock),
        lock(world.state, [&world] { return world.sessions.current(); }),
        confirmations({desktop, world.clock, executor, [] { return false; }, [] { return std::int64_t{900'000}; },
                       [this](const ConfirmationSubject& subject, bool allowed, const char* way) {
                         guard.RecordWord(subject, allowed, way);
                       }}),
        guard({lock, confirmations, audit, world.clock, processes.table, [this] { return policy; }, "/home/alice/vouchd.toml"}),
        hand_outs({world.sessions, aws, eks, eks_clusters, kubernetes, console, world.sts.clock(), guard}) {}

  // The audit log as it is now.
  std::vector<nlohmann::json> Lines() {
    audit.Flush();
    std::vector<nlohmann::json> lines;
    std::ifstream file(folder.At("audit.log"));
    for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }

  // "aws ok, eks locked": of each line, what was asked for and what came of it.
  std::string Told() {
    std::string told;
    for (const auto& line : Lines())
      told += (told.empty() ? "" : ", ") + line.at("event").get<std::string>() + " " + line.at("result").get<std::string>();
    return told;
  }

  TempFolder& folder;
  Aws aws;
  Eks eks;
  EksApi eks_api;
  EksClusters eks_clusters;
  Kubernetes kubernetes;
  Federation federation;
  Console console;
  FakeNotifier desktop;
  FakeProcesses processes;
  std::shared_ptr<const Policy> policy = std::make_shared<const Policy>();  // in force
  AuditLog audit{folder.At("audit.log"), [this](const Caller& caller) { return FindProgram(caller, processes.table); }};
  Lock lock;
  Confirmations confirmations;
  Guard guard;
  HandOuts hand_outs;
};

}  // namespace vouch
