// vouchctl setup with answers that are given beforehand.
#include "unit/ctl/setup_wizard_world.h"

namespace vouch {
namespace {

using SetupWizard = SetupWizardWorld;

TEST_F(SetupWizard, WithAllAnswersBeforehandNothingIsAsked) {
  LoggedIn();
  options = {kServer, kRole, "", "eu-central-1", "demo", true, true};

  EXPECT_EQ(Run({}), 0);

  EXPECT_NE(Profile().find("region = eu-central-1"), std::string::npos);
  EXPECT_EQ(agent.asked_cluster().region(), "eu-central-1");
  EXPECT_FALSE(Shows("  > "));
}

TEST_F(SetupWizard, WithoutQuestionsAFailureIsNotTriedAgain) {
  LoggedIn();
  options = {kServer, kRole, "", "eu-central-1", "demo", true, true};
  agent.FailNext("DescribeCluster", REASON_UNREACHABLE, "EKS does not answer");

  EXPECT_EQ(Run({}), ExitCode(REASON_UNREACHABLE));

  EXPECT_TRUE(Shows("Not finished: Kubernetes (Amazon EKS)."));
}

TEST_F(SetupWizard, WithoutQuestionsARoleMustBeKnown) {
  options.yes = true;

  EXPECT_EQ(ThrownBy([&] { Run({}); }).remedy(), "add --role ARN --region REGION");
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(SetupWizard, WithoutQuestionsAProfileWithoutARoleIsNone) {
  std::filesystem::create_directories(folder / "aws");
  std::ofstream(files.config) << "[profile sso]\ncredential_process = vouch-credential-process\n";
  options.yes = true;

  EXPECT_EQ(ThrownBy([&] { Run({}); }).remedy(), "add --role ARN --region REGION");
  EXPECT_TRUE(agent.calls().empty());
}

TEST_F(SetupWizard, AGivenRegionIsThatOfTheClusterOfAPresentProfile) {
  LoggedIn();
  HasProfile();
  const std::string profile = Profile();
  options = {kServer, "", "", "us-east-1", "demo", true, true};

  EXPECT_EQ(Run({}), 0);

  EXPECT_EQ(agent.asked_cluster().region(), "us-east-1");
  EXPECT_EQ(Profile(), profile);
  EXPECT_TRUE(Shows("Profile vouch stays as it is, with region eu-central-1.\n"));
}

TEST_F(SetupWizard, AContextOfTheSameClusterInAnotherRegionIsNotTheOneThatIsMeant) {
  LoggedIn();
  for (const char* its_role : {"", kRole}) {
    SCOPED_TRACE(its_role);
    std::filesystem::remove_all(folder / "kube");
    std::filesystem::remove_all(folder / "aws");
    HasProfile();
    options = {kServer, "", "", "", "demo", true, true};
    ASSERT_EQ(Run({}), 0);
    screen.Clear();
    agent.cluster.set_endpoint("https://other.example.com");
    options = {kServer, its_role, "", "us-east-1", "demo", true, true};

    EXPECT_EQ(Run({}), 0);
    EXPECT_EQ(agent.asked_cluster().region(), "us-east-1");
    EXPECT_TRUE(Shows("kubectl --context demo-us-east-1-vouch get pods"));
    EXPECT_NE(Kubeconfig().find("name: demo-vouch"), std::string::npos);

    const std::string kubeconfig = Kubeconfig();
    EXPECT_EQ(Run({}), 0);
    EXPECT_EQ(Kubeconfig(), kubeconfig) << "run again, it is the one that is there";
    agent.cluster.set_endpoint("https://demo.example.com");
  }
}

TEST_F(SetupWizard, AGivenRegionOfAnotherPartitionIsRefusedForTheCluster) {
  LoggedIn();
  HasProfile();
  options = {kServer, "", "", "cn-north-1", "demo", true, true};

  EXPECT_EQ(Run({}), ExitCode(REASON_CONFIGURATION));

  EXPECT_TRUE(Shows("Not done: region cn-north-1 is not in partition aws, as the role is; give one such as us-east-1"));
  EXPECT_FALSE(HasAsked("DescribeCluster"));
}

TEST_F(SetupWizard, AProfileThatGoesAnotherWayIsNotTheOneThatIsMeant) {
  const std::string via = "arn:aws:iam::999999999999:role/Management";
  LoggedIn();
  HasProfile();
  options = {kServer, "", via, "", "", true, true};
  EXPECT_EQ(ThrownBy([&] { Run({}); }).remedy(), "add --role ARN --region REGION");

  options.role = kRole;
  EXPECT_EQ(Run({}), 0);
  EXPECT_EQ(agent.asked_credentials().via(), via);
  EXPECT_TRUE(Shows("aws sts get-caller-identity --profile vouch-2"));

  options.role.clear();
  EXPECT_EQ(Run({}), 0);
  EXPECT_TRUE(Shows("Profile vouch-2 stays as it is.")) << "now there is one that goes that way";
}

TEST_F(SetupWizard, AnswersThatAreRefusedReachNoKubeconfig) {
  LoggedIn();
  options = {kServer, kRole, "", "cn-north-1", "demo", true, true};

  EXPECT_EQ(Run({}), ExitCode(REASON_CONFIGURATION));

  EXPECT_FALSE(std::filesystem::exists(files.config));
  EXPECT_FALSE(std::filesystem::exists(places.kubeconfig_variable));
  EXPECT_FALSE(HasAsked("DescribeCluster"));
  EXPECT_TRUE(Shows("Not finished: AWS, Kubernetes (Amazon EKS)."));
}

TEST_F(SetupWizard, WhatWasGivenAndTakesTheAgentIsNotFinishedWithoutIt) {
  agent_runs = false;
  options.server = kServer;
  options.cluster = "demo";

  Run({{"vouchd.socket? (yes/no) [yes]: ", "no"}, role, region, write_it});

  for (const char* step : {"\n1/5 Agent\n", "\n2/5 Vouch server\n", "\n3/5 Sign-in\n", "\n4/5 AWS\n", "\n5/5 Kubernetes (Amazon EKS)\n"})
    EXPECT_TRUE(Shows(step)) << step;
  EXPECT_TRUE(Shows("Left out: it takes the agent, which does not run.\n"));
  EXPECT_TRUE(Shows("Not finished: Vouch server, Sign-in, Kubernetes (Amazon EKS)."));
}

}  // namespace
}  // namespace vouch
