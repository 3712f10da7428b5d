// A fake agent, a software key and a person: the fixture of the commands that need the security key.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <sstream>
#include <string>

#include "client.h"
#include "fido/authenticator_fido2.h"
#include "key_dialog.h"
#include "unit/ctl/fake_agent.h"
#include "unit/ctl/person.h"
#include "unit/ctl/softkey_process.h"
#include "unit/ctl/thrown.h"

namespace vouch {

inline constexpr const char* kChallenge = "0123456789abcdef0123456789abcdef";

class KeyTest : public testing::Test {
 protected:
  using Command = std::function<void(Client& client, KeyDialog& key)>;

  KeyTest() {
    agent.challenge.set_login_id("login-1");
    agent.challenge.set_challenge(kChallenge);
    agent.challenge.set_rp_id(kRpId);
    agent.session.set_email("alice@example.com");
    agent.session.set_server("https://vouch.test");
    agent.session.set_expires_at(std::time(nullptr) + 28800);
    agent.registration.set_registration_id("registration-1");
    agent.registration.set_challenge(kChallenge);
    agent.registration.set_rp_id(kRpId);
    agent.registration.set_rp_name("Vouch");
    agent.registration.set_user_id(std::string(kUserHandle, 16));
    agent.registration.set_user_name("alice@example.com");
    agent.registration.add_algorithms(-7);
    agent.registered.set_key_id("key-1");
  }

  // What is typed comes from a pipe.
  void RunPiped(const std::string& device, const std::string& input, const Command& command) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd read(ends[0]);
    UniqueFd write(ends[1]);
    ASSERT_EQ(::write(write.get(), input.data(), input.size()), static_cast<ssize_t>(input.size()));
    write = UniqueFd();
    Prompt prompt(interrupt, err, read.get());
    Run(device, prompt, command);
  }

  // What is typed answers the questions on a terminal.
  void RunTyped(const std::string& device, const std::vector<std::string>& lines, const Command& command) {
    Typist typist(screen, lines);
    Prompt prompt(interrupt, err, typist.fd(), typist.name());
    Run(device, prompt, command);
  }

  void Run(const std::string& device, Prompt& prompt, const Command& command) {
    Client client(agent.socket(), &interrupt);
    const auto authenticator = MakeAuthenticator(device.c_str(), interrupt);
    KeyDialog key(*authenticator, prompt, err, timeout, "vouchctl login");
    command(client, key);
  }

  Interrupt interrupt;
  FakeAgent agent;
  std::chrono::seconds timeout{30};
  std::ostringstream out;
  Screen screen;
  std::ostream err{&screen};
};

}  // namespace vouch
