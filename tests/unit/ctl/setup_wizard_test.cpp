// vouchctl setup between a fake agent, the software key and a person who answers.
#include "unit/ctl/setup_wizard_world.h"

namespace vouch {
namespace {

using SetupWizard = SetupWizardWorld;

TEST_F(SetupWizard, GoesFromAnEmptyHomeToAContext) {
  const Softkey softkey({.blank = true});
  agent.status.clear_server();
  agent.keys.add_keys()->set_is_current_session(true);
  agent.endpoints.Clear();

  const int code = Run({{"Address of the Vouch server [https://us.vouch.sh]: ", "vouch.test"},
                        {"How? (login/enroll) [enroll]: ", ""}, {"PIN of the security key: ", "123456"},
                        role, region, write_it, cluster, its_region},
                       softkey.device());

  EXPECT_EQ(code, 0);
  EXPECT_EQ(agent.asked_enrollment().server(), kServer);
  EXPECT_EQ(agent.asked_credentials().role_arn(), kRole);
  EXPECT_EQ(agent.asked_credentials().caller().vouch_server(), kServer);
  EXPECT_NE(Profile().find(std::string("--role ") + kRole), std::string::npos);
  EXPECT_NE(Kubeconfig().find("demo-vouch"), std::string::npos);
  EXPECT_TRUE(Shows("AWS gives credentials: role VouchDeveloper in account 123456789012, until "));
  EXPECT_TRUE(Shows("The cluster lets the role in."));
  EXPECT_TRUE(Shows("\nWhat to type now:\n    aws sts get-caller-identity --profile vouch\n    kubectl --context demo-vouch get pods\n"));
  EXPECT_FALSE(Shows("canary"));
}

TEST_F(SetupWizard, RunAgainTakesEnterForEverythingAndChangesNothing) {
  LoggedIn();
  ASSERT_EQ(Run({server, role, region, write_it, cluster, its_region}), 0);
  const std::string profile = Profile(), kubeconfig = Kubeconfig();
  const std::size_t before = screen.Text().size();

  EXPECT_EQ(Run({server, {"Profile, or the ARN of another role [vouch]: ", ""}, {"Name of the EKS cluster [demo]: ", ""}}), 0);

  EXPECT_EQ(Profile(), profile);
  EXPECT_EQ(Kubeconfig(), kubeconfig);
  EXPECT_NE(screen.Text().find("What to type now:", before), std::string::npos);
  EXPECT_FALSE(HasAsked("SelectServer"));
}

TEST_F(SetupWizard, AsksAgainForWhatCannotBe) {
  const Softkey softkey;
  agent.status.set_session_expired(true);
  const auto bad_url = [this] { agent.FailNext("GetStatus", REASON_CONFIGURATION, "bad URL"); };

  const int code = Run({{"[https://vouch.test]: ", "http://vouch.test", bad_url}, {"bad URL", ""},
                        {"How? (login/enroll) [login]: ", "logout"}, {"please answer login, enroll or skip", ""},
                        {"PIN of the security key: ", "123456"},
                        {role.shown, "VouchDeveloper"}, {"the ARN of the role is not valid", kRole},
                        {region.shown, "cn-north-1"}, {"not in partition aws", "eu-central-1"},
                        {write_it.shown, "perhaps"}, {"Please answer yes or no.", "y"},
                        {cluster.shown, "a b"}, {"this is no name of an EKS cluster", "demo"},
                        {its_region.shown, "here"}, {its_region.shown, ""}},
                       softkey.device());

  EXPECT_EQ(code, 0);
  EXPECT_TRUE(Shows("kubectl --context demo-vouch get pods"));
}

TEST_F(SetupWizard, LeavesOutWhatIsSkipped) {
  const int code = Run({server, {"How? (login/enroll) [enroll]: ", "skip"}, {role.shown, "skip"}});

  EXPECT_EQ(code, 0);
  EXPECT_TRUE(Shows("Left out: it takes the AWS profile"));
  EXPECT_TRUE(Shows("Nothing is set up for aws or kubectl yet."));
  EXPECT_FALSE(std::filesystem::exists(files.config));
  EXPECT_FALSE(HasAsked("BeginEnrollment"));
}

TEST_F(SetupWizard, WithoutASignInTheProfileIsWrittenAndNotChecked) {
  const int code = Run({server, {"How? (login/enroll) [enroll]: ", "skip"}, role, region, write_it, no_cluster});

  EXPECT_EQ(code, 0);
  EXPECT_NE(Profile().find("[profile vouch]"), std::string::npos);
  EXPECT_TRUE(Shows("Not checked: nobody is logged in."));
  EXPECT_FALSE(HasAsked("GetAwsCredentials"));
}

TEST_F(SetupWizard, NoToThePreviewWritesNothing) {
  LoggedIn();

  EXPECT_EQ(Run({server, role, region, {write_it.shown, "no"}, no_cluster}), 0);

  EXPECT_TRUE(Shows("[profile vouch]\n"));
  EXPECT_FALSE(std::filesystem::exists(files.config));
}

TEST_F(SetupWizard, StartsTheAgentAfterAYes) {
  LoggedIn();
  agent_runs = false;

  EXPECT_EQ(Run({{"systemctl --user enable --now vouchd.socket? (yes/no) [yes]: ", ""}, server, {role.shown, "skip"}}), 0);

  EXPECT_TRUE(agent_runs);
  EXPECT_TRUE(Shows("the agent is not running.\n"));
  EXPECT_TRUE(Shows("vouchd " VOUCH_VERSION " is running.\n"));
}

TEST_F(SetupWizard, WithoutAnAgentOnlyTheProfileIsLeft) {
  agent_runs = false;

  EXPECT_EQ(Run({{"vouchd.socket? (yes/no) [yes]: ", "no"}, role, region, write_it}), 0);

  EXPECT_FALSE(agent_runs);
  EXPECT_TRUE(Shows("aws sts get-caller-identity --profile vouch"));
}

TEST_F(SetupWizard, AServerThatDoesNotAnswerMayBeAnother) {
  LoggedIn();
  agent.endpoints.mutable_endpoints(0)->set_reason(REASON_UNREACHABLE);
  agent.endpoints.mutable_endpoints(0)->set_message("vouch.test does not answer");

  EXPECT_EQ(Run({server, {"Not done: vouch.test does not answer; check the address, the network and the proxy", ""},
                 {"[https://vouch.test]: ", "", [this] { agent.endpoints.mutable_endpoints(0)->clear_reason(); }},
                 {role.shown, "skip"}}),
            0);

  EXPECT_TRUE(Shows("https://vouch.test answers."));
}

TEST_F(SetupWizard, AKeyWithoutCredentialLeadsToTheEnrollment) {
  const Softkey softkey({.blank = true});
  agent.status.set_session_expired(true);

  Run({server, {"How? (login/enroll) [login]: ", ""}, {"PIN of the security key: ", "123456"}, {"(again/skip) [again]: ", ""},
       {"How? (login/enroll) [enroll]: ", "skip"},
       {role.shown, "skip"}},
      softkey.device());

  EXPECT_TRUE(Shows("Left out."));
}

TEST_F(SetupWizard, AnAccountThatHasAKeyIsLoggedInWithIt) {
  const Softkey softkey;
  agent.registration.add_exclude_credential_ids("known");
  agent.keys.add_keys();

  EXPECT_EQ(Run({server, {"How? (login/enroll) [enroll]: ", ""}, {"PIN of the security key: ", "123456"}, {role.shown, "skip"}},
                softkey.device()),
            0);

  EXPECT_TRUE(agent.asked_finish().has_value());
}

TEST_F(SetupWizard, ALoginAtAnotherServerMakesThatOneTheCurrent) {
  LoggedIn();
  agent.status.mutable_servers(0)->set_url("https://other.test");

  Run({server, {role.shown, "skip"}});

  EXPECT_EQ(agent.asked_select().server(), kServer);
}

TEST_F(SetupWizard, ARefusalOfAwsNamesThePolicyAndMayBeTriedAgain) {
  LoggedIn();
  agent.FailNext("GetAwsCredentials", REASON_DENIED, "AWS refuses the role");

  EXPECT_EQ(Run({server, role, region, write_it, {"(again/skip) [again]: ", ""}, {"Profile, or the ARN of another role [vouch]: ", ""},
                 no_cluster}),
            0);

  EXPECT_TRUE(Shows(std::string("Not done: AWS refuses the role; what the role has to allow: vouchctl trust --role ") + kRole));
  EXPECT_TRUE(Shows("AWS gives credentials"));
}

TEST_F(SetupWizard, AStepThatFailedDoesNotUndoTheOthersAndIsTold) {
  LoggedIn();
  agent.FailNext("GetAwsCredentials", REASON_DENIED, "AWS refuses the role");

  EXPECT_EQ(Run({server, role, region, write_it, {"(again/skip) [again]: ", "skip"}, no_cluster}), ExitCode(REASON_DENIED));

  EXPECT_NE(Profile().find("[profile vouch]"), std::string::npos);
  EXPECT_TRUE(Shows("Not finished: AWS. What is wrong: vouchctl doctor; to go on: vouchctl setup\n"));
}

TEST_F(SetupWizard, AClusterThatDoesNotLetInIsToldAndMayBeTriedAgain) {
  LoggedIn();
  HasProfile();
  agent.access.clear_entry();
  const auto grant = [this] { agent.access.mutable_entry()->add_groups("developers"); };

  EXPECT_EQ(Run({server, {"[vouch]: ", ""}, cluster, its_region, {"(again/skip) [again]: ", "", grant}, {"Name of the EKS cluster [demo]: ", ""}}), 0);

  EXPECT_TRUE(Shows("Missing      the role has no access entry"));
  EXPECT_TRUE(Shows("--print-grant cli"));
  EXPECT_TRUE(Shows("Nothing to change: context demo-vouch"));
}

TEST_F(SetupWizard, ARoleThatMayNotSeeItsEntryIsNoFailure) {
  LoggedIn();
  HasProfile();
  agent.access.clear_entry();
  agent.access.set_entry_refused("eks:DescribeAccessEntry is not allowed");

  EXPECT_EQ(Run({server, {"[vouch]: ", ""}, cluster, its_region}), 0);

  EXPECT_TRUE(Shows("not shown: eks:DescribeAccessEntry is not allowed"));
}

TEST_F(SetupWizard, OffersTheProfilesThatAreThereByNumber) {
  LoggedIn();
  HasProfile("profile one", "arn:aws:iam::123456789012:role/One");
  HasProfile("profile two", "arn:aws:iam::123456789012:role/Two");
  const std::string before = Profile();

  EXPECT_EQ(Run({server, {"Profile, or the ARN of another role [one]: ", "2"}, no_cluster}), 0);

  EXPECT_EQ(agent.asked_credentials().role_arn(), "arn:aws:iam::123456789012:role/Two");
  EXPECT_EQ(agent.asked_credentials().region(), "eu-central-1");
  EXPECT_EQ(Profile(), before);
}

TEST_F(SetupWizard, LeavesAContextOfAConvertedEntryAlone) {
  LoggedIn();
  HasProfile();
  std::filesystem::create_directories(folder / "kube");
  std::ofstream(places.kubeconfig_variable)
      << "clusters:\n- name: c\n  cluster: {server: \"https://demo.example.com\"}\ncontexts:\n- name: of-aws\n  context: {cluster: c, user: "
         "u}\nusers:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: "
         "/opt/vouch/vouch-exec-credential\n      args: [eks, --cluster, demo, --region, eu-central-1, --role, \""
      << kRole << "\"]\n";
  const std::string before = Kubeconfig();

  EXPECT_EQ(Run({server, {"[vouch]: ", ""}, {"Name of the EKS cluster [demo]: ", ""}}), 0);

  EXPECT_EQ(Kubeconfig(), before);
  EXPECT_TRUE(Shows("kubectl --context of-aws get pods"));
}

TEST_F(SetupWizard, CtrlCKeepsWhatIsDoneAndSaysHowToGoOn) {
  LoggedIn();

  const Error error = ThrownBy([&] { Run({server, role, region, write_it, {cluster.shown, "", [this] { interrupt.Set(); }}}); });

  EXPECT_EQ(error.reason(), REASON_CANCELLED);
  EXPECT_EQ(ErrorLine(error), "vouchctl: stopped; what was done stays; to go on: vouchctl setup");
  EXPECT_NE(Profile().find("[profile vouch]"), std::string::npos);
}

TEST_F(SetupWizard, CtrlCAtAnyQuestionWritesNothingMore) {
  LoggedIn();
  const std::vector<Answer> answers = {server, role, region, write_it};
  for (std::size_t last = 0; last < answers.size(); ++last) {
    std::vector<Answer> some(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    some.back().typed = "\x04";  // the end of input is the same as Ctrl-C
    EXPECT_EQ(ThrownBy([&] { Run(some); }).reason(), REASON_CANCELLED) << some.back().shown;
    EXPECT_FALSE(std::filesystem::exists(files.config)) << some.back().shown;
    screen.Clear();
  }
}

TEST_F(SetupWizard, WithoutATerminalItNamesTheCommandsAndDoesNothing) {
  Dialog dialog(interrupt, err, -1, false);
  Prompt prompt(interrupt, err, -1);

  const Error error = ThrownBy([&] { RunWith(dialog, prompt, /*is_terminal=*/false, "unix:/nonexistent"); });

  EXPECT_EQ(error.reason(), REASON_CONFIGURATION);
  EXPECT_NE(error.remedy().find("--server URL --role ARN --region REGION --cluster NAME --yes"), std::string::npos);
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(SetupWizard, AContextThatWasRenamedStaysTheOnlyOne) {
  LoggedIn();
  HasProfile();
  ASSERT_EQ(Run({server, {"[vouch]: ", ""}, cluster, its_region}), 0);
  std::string kubeconfig = Kubeconfig();
  for (auto at = kubeconfig.find("demo-vouch"); at != std::string::npos; at = kubeconfig.find("demo-vouch")) kubeconfig.replace(at, 10, "mine");
  std::ofstream(places.kubeconfig_variable) << kubeconfig;
  screen.Clear();

  EXPECT_EQ(Run({server, {"[vouch]: ", ""}, {"Name of the EKS cluster [demo]: ", ""}}), 0);

  EXPECT_EQ(Kubeconfig(), kubeconfig);
  EXPECT_TRUE(Shows("kubectl --context mine get pods"));
}

TEST_F(SetupWizard, WhatAServerSaysDoesNotSteerTheTerminal) {
  LoggedIn();
  agent.status.mutable_session()->set_email("alice\x1b[2J");

  Run({server, {role.shown, "skip"}});

  EXPECT_FALSE(Shows("\x1b"));
}

}  // namespace
}  // namespace vouch
