#!/bin/bash
# One botocore session lives through several lives of its credentials, which it fetches anew by itself: 20 s each, of the sandbox.
. "$(dirname "$0")/lib.sh"

# Debian 12's is older than the variable of the token file.
python_with_new_botocore() {
  local candidate
  while read -r candidate; do
    "$candidate" -c 'from botocore.credentials import ContainerProvider as c; c.ENV_VAR_AUTH_TOKEN_FILE' 2>/dev/null &&
      echo "$candidate" && return 0
  done < <(type -ap python3)
  return 1
}
python=$(python_with_new_botocore) || skip "no python3 with a botocore that reads AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
start_all --sts-seconds 20

cat >"$T/job.py" <<'JOB'
import sys, time
import botocore.session

session = botocore.session.Session()
client = session.create_client("sts", endpoint_url=sys.argv[1])
credentials = session.get_credentials()
keys, end, calls = set(), time.time() + 90, 0
while len(keys) < 3 and time.time() < end:
    client.get_caller_identity()
    keys.add(credentials.get_frozen_credentials().access_key)
    calls += 1
    time.sleep(0.5)
print(credentials.method, calls, len(keys))
JOB
succeeds vouchctl exec --refreshable --role "$ROLE_ARN" --region "$REGION" -- "$python" "$T/job.py" "$STS_URL"
read -r method calls keys <"$T/out"
equal container-role "$method" "where botocore has its credentials from"
[ "$keys" -ge 3 ] || fail "only $keys credentials in 90 s of 20 s each"
[ "$calls" -ge 10 ] || fail "only $calls calls"
