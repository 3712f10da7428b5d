#!/bin/bash
# A server sets cookies by which it, or whoever shares its domain, could tell people apart later: none comes back.
. "$(dirname "$0")/../../e2e/lib.sh"
start_all
faults '{"vouch": {"mode": "cookie", "message": "id=alice; Path=/; Max-Age=31536000"}, "sts": {"mode": "cookie", "message": "id=a"}}'
succeeds vouchctl keys list
succeeds vouch-credential-process --role "$ROLE_ARN"
succeeds vouchctl keys list
succeeds vouch-credential-process --role "${ROLE_ARN%/*}/Load-1"
[ "$(count vouch.keys)" -ge 2 ] || fail "the server was not asked a second time"
equal 0 "$(count vouch.with_cookie)" "requests to the Vouch server that carried a cookie"
equal 0 "$(count sts.with_cookie)" "requests to STS that carried a cookie"
