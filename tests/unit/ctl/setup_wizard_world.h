// A fake agent, the software key, a home and a person who answers: the fixture of the tests of vouchctl setup.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "setup.h"
#include "unit/ctl/key_test.h"

namespace vouch {

inline constexpr const char* kRole = "arn:aws:iam::123456789012:role/VouchDeveloper";
inline constexpr const char* kServer = "https://vouch.test";

// What has to be on the screen, and what is typed then; something may happen just before.
struct Answer {
  std::string shown, typed;
  std::function<void()> before = [] {};
};

// Types at a pseudo-terminal. When a question does not come, or another one does, the terminal is closed, which ends the talk.
class Answerer {
 public:
  Answerer(const Screen& screen, std::vector<Answer> answers) : screen_(screen), answers_(std::move(answers)) {
    char name[64];
    int master = -1, slave = -1;
    EXPECT_EQ(openpty(&master, &slave, name, nullptr, nullptr), 0);
    master_ = UniqueFd(master);
    slave_ = UniqueFd(slave);
    name_ = name;
    thread_ = std::thread([this] { Work(); });
  }
  ~Answerer() {
    stop_ = true;
    thread_.join();
    EXPECT_EQ(typed_, answers_.size()) << "not asked: " << (typed_ < answers_.size() ? answers_[typed_].shown : "");
  }
  int fd() const { return slave_.get(); }
  const std::string& name() const { return name_; }

 private:
  bool WaitFor(const std::function<bool()>& is_there) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_there()) {
      if (stop_ || std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  void Work() {
    std::size_t seen = 0, at = 0;
    for (const Answer& answer : answers_) {
      if (!WaitFor([&] { return (at = screen_.Text().find(answer.shown, seen)) != std::string::npos; })) break;
      seen = at + answer.shown.size();
      answer.before();
      ++typed_;
      const std::string line = answer.typed + "\n";
      EXPECT_EQ(write(master_.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }
    WaitFor([&] { return stop_.load(); });
    master_ = UniqueFd();
  }

  const Screen& screen_;
  const std::vector<Answer> answers_;
  std::atomic<std::size_t> typed_ = 0;
  UniqueFd master_, slave_;
  std::string name_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class SetupWizardWorld : public KeyTest {
 protected:
  SetupWizardWorld() {
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) unsetenv(variable);
    std::ofstream(helper) << "#!/bin/true\n";
    std::filesystem::permissions(helper, std::filesystem::perms::owner_all);
    agent.status.set_agent_version(VOUCH_VERSION);
    agent.status.set_server(kServer);
    agent.endpoints.add_endpoints()->set_service("vouch");
    agent.credentials.set_account_id("123456789012");
    agent.credentials.set_secret_access_key("secret-canary");
    agent.credentials.set_session_token("token-canary");
    agent.cluster.set_name("demo");
    agent.cluster.set_endpoint("https://demo.example.com");
    agent.cluster.set_certificate_authority("Q0E=");
    agent.cluster.set_status("ACTIVE");
    *agent.access.mutable_cluster() = agent.cluster;
    agent.access.mutable_cluster()->set_authentication_mode("API");
    agent.access.mutable_entry()->add_groups("developers");
    agent.enrollment.set_enrollment_id("enrollment-1");
    agent.enrollment.set_verification_uri("https://vouch.test/device");
    agent.enrollment.set_expires_in_seconds(600);
    agent.polls.emplace_back();
    *agent.polls.back().mutable_session() = agent.session;
  }

  void LoggedIn() {
    agent.status.mutable_session()->set_email("alice@example.com");
    agent.status.mutable_session()->set_expires_at(std::time(nullptr) + 3600);
    agent.status.mutable_session()->set_seconds_left(3600);
    auto& known = *agent.status.add_servers();
    known.set_url(kServer);
    known.set_current(true);
  }
  void HasProfile(const std::string& section = "profile vouch", const std::string& its_role = kRole) {
    std::filesystem::create_directories(folder / "aws");
    std::ofstream(files.config, std::ios::app)
        << "[" << section << "]\ncredential_process = " << helper << " --role " << its_role << "\nregion = eu-central-1\n";
  }

  // The exit code.
  int Run(std::vector<Answer> answers, const std::string& device = "unix:/nonexistent/key.sock") {
    Answerer person(screen, std::move(answers));
    Dialog dialog(interrupt, err, person.fd(), !options.yes);
    Prompt prompt(interrupt, err, person.fd(), person.name());
    return RunWith(dialog, prompt, /*is_terminal=*/true, device);
  }

  int RunWith(Dialog& dialog, Prompt& prompt, bool is_terminal, const std::string& device) {
    const auto authenticator = MakeAuthenticator(device.c_str(), interrupt);
    KeyDialog key(*authenticator, prompt, err, timeout, "vouchctl setup");
    std::int64_t now = 1795521600;
    const EnrollWorld enroll = {[&] { return now; }, [&](std::chrono::seconds time) { now += time.count(); }, [](const std::string&) {}};
    const SetupWorld world = {dialog, key, [this] { return Connect(); }, [this] { agent_runs = true; }, enroll, files, places, is_terminal};
    return RunSetup(options, world, err, err);
  }

  std::unique_ptr<Client> Connect() {
    return std::make_unique<Client>(agent_runs ? agent.socket() : "/nonexistent/vouchd.sock", &interrupt);
  }

  bool Shows(const std::string& text) const { return screen.Text().find(text) != std::string::npos; }
  std::string Profile() const { return ReadFile(files.config); }
  std::string Kubeconfig() const { return ReadFile(places.kubeconfig_variable); }
  bool HasAsked(const std::string& method) const {
    const auto calls = agent.calls();
    return std::find(calls.begin(), calls.end(), method) != calls.end();
  }

  // The answers of a person who is logged in and has nothing yet.
  const Answer server{"Address of the Vouch server [https://vouch.test]: ", ""};
  const Answer role{"ARN of your IAM role, arn:aws:iam::ACCOUNT:role/NAME [skip]: ", kRole};
  const Answer region{"AWS region [us-east-1]: ", "eu-central-1"};
  const Answer write_it{"Write it? (yes/no) [yes]: ", ""};
  const Answer cluster{"Name of the EKS cluster [skip]: ", "demo"};
  const Answer its_region{"Its region [eu-central-1]: ", ""};
  const Answer no_cluster{"Name of the EKS cluster [skip]: ", ""};

  TemporaryFolder folder;
  const std::string helper = folder / "vouch-credential-process";
  AwsFiles files{folder / "aws/config", folder / "aws/credentials", helper};
  KubePlaces places{folder / "kube/config", folder / "home", "/opt/vouch/vouch-exec-credential", files.config, files.credentials,
                    "", "", std::chrono::milliseconds(50)};
  SetupOptions options;
  bool agent_runs = true;
};

}  // namespace vouch
