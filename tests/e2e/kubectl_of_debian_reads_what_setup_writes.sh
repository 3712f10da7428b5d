#!/bin/bash
# What `vouchctl setup` writes is for every kubectl: Debian 12's 1.20, which knows v1beta1 only, and the one on PATH; also after
# the older one has written the file anew, without the members that it does not know.
. "$(dirname "$0")/lib.sh"
need kubectl

# Debian's kubectl, unpacked beside the build: installing it would collide with another one.
fetch_kubectl_of_debian() {
  local folder=$BIN/../tools/kubernetes-client new
  DEBIAN=$folder/usr/bin/kubectl
  [ ! -x "$DEBIAN" ] || return 0
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
  mkdir -p "$T/deb" "$BIN/../tools"
  (cd "$T/deb" && timeout 60 apt-get download -qq kubernetes-client) >/dev/null 2>&1 || return 1
  new=$(mktemp -d "$BIN/../tools/new.XXXXXX")  # whole or not there at all, wherever this ends
  dpkg-deb -x "$T"/deb/*.deb "$new" && rm -rf "$folder" && mv -T "$new" "$folder" && [ -x "$DEBIAN" ]
}
fetch_kubectl_of_debian || skip "no kubernetes-client package to be fetched here"

# lists_pods KUBECTL CONTEXT
lists_pods() {
  run "$1" --context "$2" get pods
  [ "$status" -eq 0 ] || fail "$1 --context $2 get pods: exit code $status"
  contains "$T/out" 'Running'
}
all_list_pods() {
  local program context
  for program in "$DEBIAN" kubectl; do
    for context in "$@"; do lists_pods "$program" "$context"; done
  done
}

start_all
export AWS_ENDPOINT_URL_EKS=$EKS_URL
succeeds vouchctl setup aws --role "$ROLE_ARN" --region "$REGION"
succeeds vouchctl setup eks --cluster "$CLUSTER"
succeeds vouchctl setup k8s --cluster lab --server "$K8S_URL" --certificate-authority "$CA_FILE"
all_list_pods "$CLUSTER-vouch" lab-vouch

# An entry that says v1, as we once wrote it, is repaired by running setup again.
sed -i 's#k8s.io/v1beta1$#k8s.io/v1#' "$KUBECONFIG"
minor=$("$DEBIAN" version --client -o json | json "int(d['clientVersion']['minor'].rstrip('+'))")
if [ "$minor" -lt 22 ]; then
  run "$DEBIAN" --context "$CLUSTER-vouch" get pods
  contains "$T/err" 'invalid apiVersion "client.authentication.k8s.io/v1"'
fi
succeeds vouchctl setup eks --cluster "$CLUSTER"
succeeds vouchctl setup k8s --cluster lab --server "$K8S_URL" --certificate-authority "$CA_FILE"
all_list_pods "$CLUSTER-vouch" lab-vouch

run "$DEBIAN" config set-context lab-vouch --namespace default
[ "$status" -eq 0 ] || fail "kubectl config set-context: exit code $status"
[ "$minor" -ge 22 ] || ! grep -q interactiveMode "$KUBECONFIG" || fail "this kubectl keeps interactiveMode"
all_list_pods "$CLUSTER-vouch" lab-vouch
