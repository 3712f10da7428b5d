#!/bin/bash
# The Vouch server, STS and EKS answer each call by a redirect to another place, as a stolen domain would: nobody goes there, with
# credentials or without.
. "$(dirname "$0")/../../e2e/lib.sh"
start_all
control /reset-counts '{}' >/dev/null
for code in 301 302 307 308; do
  faults "{\"vouch\": {\"mode\": \"redirect\", \"code\": $code}, \"sts\": {\"mode\": \"redirect\", \"code\": $code},
    \"eks\": {\"mode\": \"redirect\", \"code\": $code}}"
  refused 4 "HTTP $code|answer" vouch-credential-process --role "${ROLE_ARN%/*}/Load-$code"
  run vouchctl keys list
  equal 4 "$status" "exit code of vouchctl keys list"
  run vouchctl status --check
  [ "$status" -ne 0 ] || fail "a redirect was taken for a session that is alive"
done
faults '{"vouch": {"mode": "none"}, "sts": {"mode": "redirect", "code": 307}}'
refused 4 "answer|HTTP 307" vouch-credential-process --role "${ROLE_ARN%/*}/Load-1"
[ "$(count sts.AssumeRoleWithWebIdentity)" -ge 1 ] || fail "STS was not asked"
equal '[]' "$(control /visits)" "visits where the redirects lead"
faults '{"sts": {"mode": "none"}}'
succeeds vouch-credential-process --role "$ROLE_ARN"
