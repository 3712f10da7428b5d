// Everything below server/, wired as agent.cpp wires it, with fakes at the edges: what tests of session/ and credentials/
// start from.
#pragma once

#include "fakes/fake_http_client.h"
#include "fakes/fake_vouch.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_secret_store.h"
#include "fakes/step_executor.h"
#include "fakes/temp_folder.h"
#include "remote/sts.h"
#include "session/login.h"

namespace vouch {

struct SessionWorld {
  SessionWorld();
  ~SessionWorld();

  ManualClock clock;
  TempFolder folder;
  FakeHttpClient http{clock};
  FakeVouch vouch{http, clock};
  StepExecutor steps;
  Sts sts{http, clock};
  MemorySecretStore keyring;
  MemorySecretStore file;
  ClientKeys keys{&keyring, file};
  StateFile state{folder.At("state.json")};
  SessionArchive archive{&keyring, state};
  Sessions sessions{archive, sts.clock(), steps.executor()};
  ServerSettings settings{"https://us.vouch.sh", {}};
  Servers servers{{http, clock, keys, state, [this] { return settings; }}};
  std::string posture;
  Login login{{clock, servers, sessions, keys, [this] { return posture; }}};

  // A whole login at the configured server.
  std::shared_ptr<Session> LogIn(const std::string& server = "");
};

}  // namespace vouch
