# What the scripts of the Vouch EKS page share: a cluster that so far only its administrator may use, a profile for
# each of the two, and an aws that knows access entries. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# Access entries came with aws 1.31 and 2.14; Debian 12 has 2.9.
choose_new_aws() {
  local candidate
  for candidate in "$TESTS/../build/tools/aws/bin/aws" $(type -aP aws); do
    [ -x "$candidate" ] || continue
    # A wrapper of a version manager takes as long as aws itself.
    case $candidate in */.pyenv/shims/*) candidate=$(PYENV_ROOT=${candidate%/shims/aws} pyenv which aws) ;; esac
    if "$candidate" eks create-access-entry --generate-cli-skeleton >/dev/null 2>&1; then
      ln -sf "$candidate" "$T/tools/aws"
      hash -r
      return
    fi
  done
  skip "no aws here that knows access entries"
}

# start_page [flags of vouch-sandbox]: everything up and a user logged in, with the profiles `vouch` and `admin` as
# the documentation writes them. Only the endpoints are not AWS: that of EKS is in the profile, and that of STS is
# told to our helper alone, because aws would put it into its tokens, which no cluster accepts.
start_page() {
  need kubectl
  need_new_kubectl
  choose_new_aws
  start_all "$@"
  unset AWS_ENDPOINT_URL_STS
  ADMIN_ARN=${ROLE_ARN%/*}/VouchAdmin
  write_page_profiles
  let_in "{\"principal_arn\": \"$ADMIN_ARN\", \"policies\": [{\"policy\": \"AmazonEKSClusterAdminPolicy\"}]}"
}

write_page_profiles() {
  local name role
  for name in vouch admin; do
    role=$ROLE_ARN
    [ "$name" = vouch ] || role=$ADMIN_ARN
    printf '[profile %s]\nregion = %s\nservices = far-end\n' "$name" "$REGION"
    printf 'credential_process = env AWS_ENDPOINT_URL_STS=%s vouch credential aws --role %s\n\n' "$STS_URL" "$role"
  done >"$AWS_CONFIG_FILE"
  printf '[services far-end]\neks =\n  endpoint_url = %s\n' "$EKS_URL" >>"$AWS_CONFIG_FILE"
}

# let_in [ENTRY…]: these are the access entries, as the control port takes them.
let_in() {
  local entries
  entries=$(IFS=,; printf %s "$*")
  control /access-entries "{\"entries\": [$entries]}" >/dev/null
}

# ours COMMAND…: for our own programs, and kubectl where it runs our plugin.
ours() { env AWS_ENDPOINT_URL_STS="$STS_URL" AWS_ENDPOINT_URL_EKS="$EKS_URL" "$@"; }

eks_access() { ours vouchctl eks access --cluster "$CLUSTER" --role "$ROLE_ARN" --region "$REGION" "$@"; }

# as_admin COMMAND…
as_admin() {
  local -x AWS_PROFILE=admin
  "$@"
}

# make_contexts: a kubeconfig for each of the two, by our plugin, which is faster than aws; eks_page_setup.sh has both
# roads.
make_contexts() {
  local name role
  for name in developer administrator; do
    role=$ROLE_ARN
    [ "$name" = developer ] || role=$ADMIN_ARN
    KUBECONFIG=$T/$name succeeds ours vouchctl setup eks --cluster "$CLUSTER" --role "$role" --region "$REGION"
  done
}
developer() { ours kubectl --kubeconfig "$T/developer" --context "$CLUSTER-vouch" "$@"; }
administrator() { ours kubectl --kubeconfig "$T/administrator" --context "$CLUSTER-vouch" "$@"; }

# kubectl before 1.28 asks for schemas, or for an exec plugin of v1beta1, that are not here.
need_new_kubectl() {
  local minor
  minor=$(kubectl version --client -o json 2>/dev/null | json "d['clientVersion']['minor']")
  [ "${minor//[!0-9]/}" -ge 28 ] || skip "this kubectl is too old for the manifests"
}

# may WORDS…, may_not WORDS…: what the developer's kubectl is allowed, or is refused as RBAC refuses.
may() {
  run developer "$@"
  [ "$status" -eq 0 ] || fail "the developer may not: kubectl $*"
}
may_not() {
  run developer "$@"
  [ "$status" -ne 0 ] || fail "the developer may: kubectl $*"
  contains "$T/err" 'is forbidden'
}
# locked_out WORDS…: the cluster does not know the developer at all.
locked_out() {
  run developer "$@"
  [ "$status" -ne 0 ] || fail "the developer is let in: kubectl $*"
  contains "$T/err" 'Unauthorized|must be logged in|provide credentials'
}

# did COMMAND…: it succeeded; what it printed is in $T/out. Unlike `succeeds` it may say something on stderr.
did() {
  run "$@"
  [ "$status" -eq 0 ] || fail "exit code $status from: $*"
}

# follow: runs a block of the page, from standard input, with the names of this cluster. Where the page is at hand,
# the block is a part of it, word for word.
PAGE=$TESTS/../../shared/reference/vouch-eks-page.md
follow() {
  cat >"$T/block"
  is_on_page "$T/block"
  sed -e "s/YOUR_CLUSTER_NAME/$CLUSTER/g" -e "s/YOUR_REGION/$REGION/g" "$T/block" >"$T/block.sh"
  run bash -euo pipefail "$T/block.sh"
}

is_on_page() {
  [ -r "$PAGE" ] || return 0
  "$PYTHON" -c 'import sys; sys.exit(open(sys.argv[1]).read().rstrip() not in open(sys.argv[2]).read())' "$1" "$PAGE" ||
    fail "this is not what the page says: $(head -n 2 "$1")"
}
