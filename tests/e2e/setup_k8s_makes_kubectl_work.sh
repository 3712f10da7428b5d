#!/bin/bash
# A cluster that trusts the Vouch server as OIDC provider: setup k8s, then kubectl.
. "$(dirname "$0")/lib.sh"
need kubectl
start_all
succeeds vouchctl setup k8s --cluster lab --server "$K8S_URL" --certificate-authority "$CA_FILE"
if kubectl version --client -o json | json "d['clientVersion']['minor']" | grep -qE '^(1[0-9]|2[01])$'; then
  sed -i 's#authentication.k8s.io/v1$#authentication.k8s.io/v1beta1#' "$KUBECONFIG" # Debian 12's kubectl knows no v1
fi
run kubectl --context lab-vouch get pods
[ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
contains "$T/out" 'Running'
