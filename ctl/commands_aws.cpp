// The commands for AWS and Kubernetes.
#include "commands.h"

namespace vouch {

void Commands::AddSetup() {
  SetupOptions& all = line_.setup;
  CLI::App* setup =
      Add(app, Command::kSetup, "setup", "Set up agent, sign-in, aws and kubectl, step by step; or one of them",
          "vouchctl setup\n"
          "  vouchctl setup --server https://us.vouch.sh --region eu-central-1 \\\n"
          "    --cluster demo --role arn:aws:iam::123456789012:role/Developer --yes\n\n"
          "It may be run again: what is right already stays as it is.");
  setup->require_subcommand(0, 1);
  AddServer(setup);
  AddText(setup, "--role", all.role, "The IAM role", "ARN");
  AddText(setup, "--via", all.via, "The management role to go through", "ARN");
  AddText(setup, "--region", all.region, "AWS region of the profile and of the cluster", "REGION");
  AddText(setup, "--cluster", all.cluster, "Name of the Amazon EKS cluster", "NAME");
  setup->add_flag("--yes", all.yes, "Ask nothing but PIN and touch; what is not given is what would be proposed");
  setup->add_flag("--no-browser", all.no_browser, "Only print the page to sign in, do not open it");
  AddKeyTimeout(setup);
  AddSetupAws(*setup);
  AddSetupEks(*setup);
  AddSetupK8s(*setup);
}

void Commands::AddRole(CLI::App* command) {
  AddServer(command);
  AddText(command, "--profile", line_.aws.profile,
          "AWS profile that names the role (default: AWS_PROFILE, else the only one)", "NAME");
  AddText(command, "--role", line_.aws.role, "IAM role, instead of a profile's", "ARN");
  command->get_option("--role")->excludes("--profile");
  AddText(command, "--via", line_.aws.via, "The management role to go through", "ARN");
  AddText(command, "--region", line_.aws.region, "AWS region (default: that of the profile, else AWS_REGION)",
          "REGION");
}

void Commands::AddExec() {
  CLI::App* exec =
      Add(app, Command::kExec, "exec", "Run a command with a role's credentials in its environment",
          "vouchctl exec --profile vouch -- terraform plan\n\n"
          "The command has the credentials for as long as it runs, and so has every AI agent that it starts.");
  AddRole(exec);
  exec->add_flag("--refreshable", line_.exec.refreshable,
                 "Let it fetch new ones for as long as it runs, from the agent");

  CLI::App* env =
      Add(app, Command::kEnv, "env", "Print a role's credentials for a shell to evaluate",
          "eval \"$(vouchctl env --profile vouch)\"\n\nThe output is secret: evaluate it, do not store it.");
  AddRole(env);
  AddText(env, "--shell", line_.exec.shell, "sh, bash, zsh or fish (default: sh)", "NAME");

  CLI::App* require =
      Add(app, Command::kRequire, "require", "Exit with 0 when the session (and a role's credentials) last long enough",
          "vouchctl require --for 2h --profile vouch && terraform apply\n\n"
          "With a role or a profile its credentials must be there too. With --static they must last by "
          "themselves\n(exit code 6 when they do not), for a job that cannot fetch new ones.");
  AddRole(require);
  require->add_option("--for", line_.require_for, "How long: 90m, 2h, 1h30m")->required()->option_text("DURATION");
  require->add_flag("--static", line_.require_static, "The credentials of now must last as long, too");
}

void Commands::AddConsole() {
  CLI::App* console =
      Add(app, Command::kConsole, "console", "Open the AWS console in the browser, signed in with a role",
          "vouchctl console ec2\n  vouchctl console --profile vouch '/s3/buckets?region=eu-central-1'\n\n"
          "With --print the page is secret: it signs in whoever opens it first, in the next 15 minutes.");
  AddRole(console);
  console->add_flag("--print", line_.console.print, "Only print the page, do not open it");
  console->add_option("page", line_.console.page, "Where to go: ec2, s3, ... or a path (default: the home page)")
      ->option_text("SERVICE|PATH");
}

void Commands::AddEks() {
  CLI::App* eks = Add(app, "eks", "Amazon EKS clusters", "vouchctl eks access --cluster demo");
  eks->require_subcommand(0, 1);
  CLI::App* access = Add(
      *eks, Command::kEksAccess, "access", "Whether a cluster lets a role in, and what is missing",
      "vouchctl eks access --cluster demo\n"
      "  vouchctl eks access --cluster demo --print-grant terraform \\\n    --policy AmazonEKSEditPolicy --namespace staging");
  access->add_option("--cluster", line_.eks_cluster, "Name of the cluster")->required()->option_text("NAME");
  AddRole(access);
  AddText(access, "--print-grant", line_.eks_grant.kind, "Print what lets the role in: cli, terraform or rbac", "KIND");
  CLI::Option* grant = access->get_option("--print-grant");
  AddText(access, "--policy", line_.eks_grant.policy, "Access policy to grant (default: AmazonEKSViewPolicy)", "NAME");
  access->add_option("--namespace", line_.eks_grant.namespaces, "Only there (may be repeated)")
      ->option_text("NAME")
      ->needs(grant);
  access->get_option("--policy")->needs(grant);
}

void Commands::AddSetupAws(CLI::App& setup) {
  SetupAwsOptions& aws = line_.setup_aws;
  CLI::App* command = Add(setup, Command::kSetupAws, "aws", "A profile in ~/.aws/config",
                          "vouchctl setup aws --role arn:aws:iam::123456789012:role/Developer \\\n    --region eu-central-1");
  command->add_option("--role", aws.role, "The IAM role")->required()->option_text("ARN");
  AddText(command, "--via", aws.via, "The management role to go through", "ARN");
  AddText(command, "--profile", aws.profile, "Name of the profile (default: vouch, vouch-2, ...)", "NAME");
  AddText(command, "--region", aws.region, "Region of the profile", "REGION");
  command->add_flag("--dry-run", aws.dry_run, "Only show what would be written");
}

void Commands::AddSetupEks(CLI::App& setup) {
  SetupEksOptions& eks = line_.setup_eks;
  CLI::App* command =
      Add(setup, Command::kSetupEks, "eks", "An Amazon EKS cluster in the kubeconfig",
          "vouchctl setup eks --cluster demo --region eu-central-1\n"
          "  vouchctl setup eks --convert   # what `aws eks update-kubeconfig` wrote");
  AddText(command, "--cluster", eks.cluster, "Name of the cluster", "NAME");
  AddText(command, "--region", eks.region, "Its region (default: that of the profile, else AWS_REGION)", "REGION");
  AddText(command, "--profile", eks.profile,
          "AWS profile that names the role (default: AWS_PROFILE, else the only one)", "NAME");
  AddText(command, "--role", eks.role, "IAM role, instead of a profile's", "ARN");
  AddText(command, "--via", eks.via, "The management role to go through", "ARN");
  AddText(command, "--alias", eks.alias, "Name of the entries (default: that of the cluster)", "NAME");
  AddText(command, "--kubeconfig", eks.kubeconfig, "File to write (default: by KUBECONFIG)", "FILE");
  AddServer(command);
  CLI::Option* convert = command->add_flag("--convert", eks.convert, "Turn entries of other EKS tools into ours");
  CLI::Option* undo = command->add_flag("--undo", eks.undo, "With --convert: turn ours back")->needs(convert);
  command->get_option("--role")->excludes("--profile");
  for (const char* flag : {"--alias", "--server"}) command->get_option(flag)->excludes(convert);
  for (const char* flag : {"--role", "--via", "--region"}) command->get_option(flag)->excludes(undo);
}

void Commands::AddSetupK8s(CLI::App& setup) {
  SetupK8sOptions& k8s = line_.setup_k8s;
  CLI::App* kubernetes =
      Add(setup, Command::kSetupK8s, "k8s", "A cluster that trusts the Vouch server as OIDC provider",
          "vouchctl setup k8s --cluster lab --server https://lab.example.com:6443 \\\n    --certificate-authority ca.pem");
  kubernetes->add_option("--cluster", k8s.cluster, "A name for it")->required()->option_text("NAME");
  kubernetes->add_option("--server", k8s.url, "Address of its API")->required()->option_text("URL");
  AddText(kubernetes, "--certificate-authority", k8s.certificate_authority,
          "PEM file that its certificate is signed by", "FILE");
  AddText(kubernetes, "--audience", k8s.audience, "Its --oidc-client-id (default: kubernetes)", "TEXT");
  AddText(kubernetes, "--kubeconfig", k8s.kubeconfig, "File to write (default: by KUBECONFIG)", "FILE");
}

}  // namespace vouch
