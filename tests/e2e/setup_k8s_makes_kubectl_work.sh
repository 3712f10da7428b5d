#!/bin/bash
# A cluster that trusts the Vouch server as OIDC provider: setup k8s, then kubectl.
. "$(dirname "$0")/lib.sh"
need kubectl
start_all
succeeds vouchctl setup k8s --cluster lab --server "$K8S_URL" --certificate-authority "$CA_FILE"
run kubectl --context lab-vouch get pods
[ "$status" -eq 0 ] || fail "kubectl get pods: exit code $status"
contains "$T/out" 'Running'
