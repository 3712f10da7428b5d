#include "setup.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <ostream>

#include "kube_files.h"
#include "setup_wizard.h"
#include "user_file.h"

extern char** environ;

namespace vouch {
namespace {

constexpr int kSteps = 5;
constexpr const char* kSkip = "skip";

struct Skipped {};

}  // namespace

int SetupWizard::Run() {
  out_ << "This sets up what aws and kubectl need. Enter takes what stands in [brackets],\n"
          "\"skip\" leaves a step out, Ctrl-C stops and keeps what is done.\n";
  Step("Agent", [this] { FindAgent(); });
  StepOfAgent("Vouch server", !given_.server.empty(), [this] { ChooseServer(); });
  StepOfAgent("Sign-in", !given_.server.empty(), [this] { SignIn(); });
  Step("AWS", [this] { SetUpAws(); });
  StepOfAgent("Kubernetes (Amazon EKS)", !given_.cluster.empty(), [this] { SetUpEks(); });
  Summary();
  return failure_ ? ExitCode(*failure_) : 0;
}

void SetupWizard::Step(const std::string& title, const std::function<void()>& body) {
  title_ = title;
  out_ << "\n" << ++step_ << "/" << kSteps << " " << title << std::endl;
  for (;;) {
    try {
      return body();
    } catch (const Skipped&) {
      return dialog_.Say("Left out.");
    } catch (const Error& error) {
      if (dialog_.IsOver()) throw;
      if (WantsAgain(error)) continue;
      unfinished_.push_back(title);
      if (!failure_) failure_ = error.reason();
      return;
    }
  }
}

void SetupWizard::StepOfAgent(const std::string& title, bool is_given, const std::function<void()>& body) {
  Step(title, [&] { client_ == nullptr ? LeaveOut(is_given, "it takes the agent, which does not run.") : body(); });
}

void SetupWizard::LeaveOut(bool is_given, const std::string& why) {
  dialog_.Say("Left out: " + why);
  if (is_given) unfinished_.push_back(title_);
}

bool SetupWizard::WantsAgain(const Error& error) {
  const std::string remedy = error.remedy().empty() ? "" : "; " + error.remedy();
  dialog_.Say("Not done: " + Printable(error.what() + remedy));
  while (dialog_.asks()) {
    const std::string answer = dialog_.Ask("Try again, or leave it out? (again/skip)", "again");
    if (answer == "again" || answer == "a") return true;
    if (answer == kSkip || answer == "s") return false;
  }
  return false;
}

std::string SetupWizard::Ask(const std::string& question, const std::string& preset,
                             const std::function<void(const std::string&)>& check) {
  for (;;) {
    const std::string answer = dialog_.Ask(question, preset);
    if (answer == kSkip) throw Skipped();
    try {
      check(answer);
      return answer;
    } catch (const Error& error) {
      if (error.reason() != REASON_CONFIGURATION || !dialog_.asks()) throw;
      dialog_.Say(Printable(std::string(error.what()) + (error.remedy().empty() ? "" : "; " + error.remedy())));
    }
  }
}

std::string SetupWizard::Take(std::string& given) { return std::exchange(given, ""); }

void SetupWizard::RequireYes(const std::string& question) {
  if (!dialog_.AskYes(question, true)) throw Skipped();
}

void SetupWizard::Summary() {
  const bool has_something = !profile_.empty() || !context_name_.empty();
  out_ << "\n" << (has_something ? "What to type now:\n" : "Nothing is set up for aws or kubectl yet.\n");
  if (!profile_.empty()) dialog_.Say("aws sts get-caller-identity --profile " + ShellWord(profile_));
  if (!context_name_.empty()) dialog_.Say("kubectl --context " + ShellWord(context_name_) + " get pods");
  if (has_something) out_ << "Each day begins with: vouchctl login\n";
  if (!unfinished_.empty()) {
    out_ << "Not finished:";
    for (const std::string& title : unfinished_) out_ << (&title == &unfinished_.front() ? " " : ", ") << title;
    out_ << ". What is wrong: vouchctl doctor; to go on: vouchctl setup\n";
  }
  out_ << std::flush;
}

int RunSetup(const SetupOptions& options, const SetupWorld& world, std::ostream& out, std::ostream& err) {
  if (!world.is_terminal && !options.yes)
    throw Error(REASON_CONFIGURATION, "setup asks questions, and standard input is no terminal",
                "answer by flags: vouchctl setup --server URL --role ARN --region REGION --cluster NAME --yes; or run one by "
                "one: vouchctl enroll, vouchctl setup aws, vouchctl setup eks");
  if (!world.dialog.asks() && options.role.empty() && UsableProfiles(world.aws.config, options.via).empty())
    throw Error(REASON_CONFIGURATION, "with --yes nothing is asked, and no role is given", "add --role ARN --region REGION");
  SetupWizard wizard(options, world, out, err);
  try {
    return wizard.Run();
  } catch (const Error& error) {
    if (!world.dialog.IsOver()) throw;
    out << std::endl;
    throw Error(REASON_CANCELLED, "stopped; what was done stays", "to go on: vouchctl setup");
  }
}

void StartAgent() {
  const std::string by_hand = "start it in another terminal: vouchd";
  const char* words[] = {"systemctl", "--user", "enable", "--now", "vouchd.socket", nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;  // Interrupt blocks the signals that end a program
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int code = posix_spawnp(&pid, words[0], nullptr, &attributes, const_cast<char**>(words), environ);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) throw Error(REASON_AGENT_UNREACHABLE, "there is no systemctl here that could start the agent", by_hand);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error(REASON_AGENT_UNREACHABLE, "systemctl could not start the agent", by_hand);
}

}  // namespace vouch
