"""Big ~/.aws/config and kubeconfig files, as a company's platform team hands them out or `aws eks update-kubeconfig` grows them."""

import base64
import random

LINES_OF_PROFILE = 5
CERTIFICATE_BYTES = 1100  # of an EKS cluster's authority


def aws_config(lines):
    """Profiles of IAM Identity Center, `lines` lines in all."""
    text = []
    for number in range(lines // LINES_OF_PROFILE):
        text += [f"[profile team-{number}]", "region = us-east-1", f"sso_account_id = {100000000000 + number}",
                 "sso_role_name = Developer", ""]
    return "\n".join(text) + "\n"


def context_name(number, account):
    """As the AWS CLI calls them: the ARN of the cluster."""
    return f"arn:aws:eks:us-east-1:{account}:cluster/team-{number}"


def kubeconfig(contexts, account):
    """Clusters, contexts and users as `aws eks update-kubeconfig --profile vouch` writes them."""
    authority = base64.b64encode(random.Random(0).randbytes(CERTIFICATE_BYTES)).decode()
    numbers = range(contexts)
    names = [context_name(number, account) for number in numbers]
    text = ["apiVersion: v1", "clusters:"]
    for number in numbers:
        text += ["- cluster:", f"    certificate-authority-data: {authority}",
                 f"    server: https://{number:032X}.gr7.us-east-1.eks.amazonaws.com", f"  name: {names[number]}"]
    text.append("contexts:")
    for name in names:
        text += ["- context:", f"    cluster: {name}", f"    user: {name}", f"  name: {name}"]
    text += [f"current-context: {names[0]}", "kind: Config", "preferences: {}", "users:"]
    for number in numbers:
        text += [f"- name: {names[number]}", "  user:", "    exec:", "      apiVersion: client.authentication.k8s.io/v1beta1",
                 "      args:", "      - --region", "      - us-east-1", "      - eks", "      - get-token",
                 "      - --cluster-name", f"      - team-{number}", "      - --output", "      - json", "      command: aws",
                 "      env:", "      - name: AWS_PROFILE", "        value: vouch"]
    return "\n".join(text) + "\n"
