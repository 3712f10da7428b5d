# Kubeconfigs of the short road: kubectl runs our exec plugin itself. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2154

# write_kubeconfig VERSION: of client.authentication.k8s.io, v1 or v1beta1.
write_kubeconfig() {
  cat <<KUBECONFIG
apiVersion: v1
kind: Config
clusters:
- name: $CLUSTER
  cluster: {server: "$K8S_URL", certificate-authority: "$CA_FILE"}
contexts:
- name: $CLUSTER-vouch
  context: {cluster: $CLUSTER, user: vouch-eks-$CLUSTER}
current-context: $CLUSTER-vouch
users:
- name: vouch-eks-$CLUSTER
  user:
    exec:
      apiVersion: client.authentication.k8s.io/$1
      command: $BIN/vouch-exec-credential
      args: [eks, --cluster-name, $CLUSTER, --region, $REGION, --role, "$ROLE_ARN"]
      interactiveMode: Never
KUBECONFIG
}

# Debian's kubectl 1.20 knows v1beta1 only; v1 came with 1.22.
knows_exec_v1() {
  local minor
  minor=$("$1" version --client -o json 2>/dev/null | json "d['clientVersion']['minor']") || return 1
  [ "${minor//[!0-9]/}" -ge 22 ]
}
