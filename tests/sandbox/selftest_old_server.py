"""Selftest: a server of the spring of 2026, `--old-server`."""

import json
import unittest

from selftest_authenticator import NewKey
from selftest_base import SandboxCase
from selftest_client import FORM, GRANTS, claims_of, send

AWS = "/v1/credentials/aws/token"


class OldServer(SandboxCase):
    settings = {"old_server": True}

    def start(self, body=None):
        body = body or f"client_id={self.client.client_id}"
        return send(self.urls["vouch"] + "/oauth/device", "POST", FORM, body.encode())

    def enroll(self, **decision):
        """The answer to the poll after the approval; without a DPoP proof."""
        code = self.start().json
        self.control("/device", {"user_code": code["user_code"], "decision": "approve"} | decision)
        return self.client.form("/oauth/token", {"grant_type": GRANTS[0], "device_code": code["device_code"]})

    def get(self, token, path=AWS, **options):
        return self.client.resource(token, path, der=True, **options)

    def test_device_codes_need_no_client_authentication(self):
        answer = self.start()
        self.assertEqual(answer.status, 200)
        self.assertNotIn("verification_uri_complete", answer.json)
        ignored = f"client_id={self.client.client_id}&client_assertion=nonsense&client_assertion_type=nonsense"
        self.assertEqual(self.start(ignored).status, 200)
        self.assert_oauth(self.start("client_id=unknown"), 401, "invalid_client")
        self.assert_oauth(self.start("scope=openid"), 401, "invalid_client")

    def test_the_device_flow_gives_a_bearer_session(self):
        answer = self.enroll()
        self.assertEqual((answer.status, answer.json["token_type"]), (200, "Bearer"), answer.text)
        token = answer.json["access_token"]
        self.assertNotIn("cnf", claims_of(token))
        self.assertTrue(self.get(token, "/v1/auth/status", scheme="Bearer", signed=False).json["authenticated"])
        self.assertFalse(self.get(token, "/v1/auth/status", signed=False).json["authenticated"])

    def test_a_proof_is_checked_when_there_is_one(self):
        code = self.start().json
        self.assert_oauth(self.client.poll(code["device_code"], None), 400, "use_dpop_nonce")

    def test_a_session_that_is_not_bound_is_refused_as_dpop(self):
        token = self.enroll(hardware=True).json["access_token"]
        self.assertEqual(self.get(token, scheme="Bearer").status, 200)
        self.assert_oauth(self.get(token), 401, "invalid_token")
        self.assert_reason("not bound")

    def test_a_bearer_request_is_signed_too(self):
        token = self.enroll(hardware=True).json["access_token"]
        self.assertEqual(self.get(token, scheme="Bearer", signed=False).text, "signature verification failed")
        self.assertEqual(self.client.resource(token, AWS, scheme="Bearer").status, 401)
        self.assert_reason("ASN.1 DER")

    def test_a_login_is_bound(self):
        token = self.access_token()
        self.assertEqual(self.get(token).status, 200)
        self.assert_oauth(self.get(token, scheme="Bearer"), 401, "invalid_token")

    def test_an_enrolment_is_without_hardware(self):
        token = self.enroll().json["access_token"]
        self.assert_oauth(self.get(token, scheme="Bearer"), 403, "hardware_required")
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.assert_oauth(self.client.exchange(token, nonce), 400, "invalid_grant")
        self.assert_reason("hardware")

    def test_an_enrolment_registers_a_key_that_logs_in(self):
        token = self.enroll().json["access_token"]
        options = {"scheme": "Bearer", "method": "POST"}
        start = self.get(token, "/v1/keys/register/start", body=b'{"name": "Spare"}', **options)
        key = NewKey()
        key.user_id = self.security_key.user_id
        made = json.dumps(key.make(start.json)).encode()
        done = self.get(token, "/v1/keys/register/complete", body=made, **options)
        self.assertEqual(done.status, 200, done.text)
        self.assertEqual(self.client.login(key).json["token_type"], "DPoP")
        answer = self.get(token, f"/v1/keys/{done.json['device_id']}", scheme="Bearer", method="DELETE")
        self.assert_oauth(answer, 401, "insufficient_user_authentication")
        self.assertRegex(answer.headers["WWW-Authenticate"], "^Bearer error=")

    def test_challenges_are_for_everyone(self):
        for headers, body in ((FORM, b""), ({"Content-Type": "application/json"}, b"{}")):
            challenge = send(self.urls["vouch"] + "/oauth/fido2/challenge", "POST", headers, body)
            made = self.security_key.assertion(challenge.json)
            self.assertEqual(self.client.login(self.security_key, assertion=made).status, 200)

    def test_a_challenge_with_a_wrong_assertion_is_refused_still(self):
        wrong = self.client.client_assertion(aud="https://other.test")
        self.assert_oauth(self.client.challenge(assertion=wrong), 401, "invalid_client")

    def test_an_exchanged_token_is_called_bearer(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.assertEqual(self.client.exchange(self.access_token(), nonce).json["token_type"], "Bearer")

    def test_roles_are_not_pinned(self):
        token = self.get(self.access_token(), f"{AWS}?role_arn=nonsense").json["id_token"]
        self.assertNotIn("https://aws.amazon.com/roles", claims_of(token))
        self.assertEqual(self.assume(token).status, 200)


class CurrentServer(SandboxCase):
    def test_never_gives_bearer(self):
        code = self.client.device().json
        self.control("/device", {"user_code": code["user_code"], "decision": "approve"})
        fields = {"grant_type": GRANTS[0], "device_code": code["device_code"]}
        self.assert_oauth(self.client.form("/oauth/token", fields), 400, "invalid_dpop_proof")
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.assertEqual(self.client.token(fields, nonce).json["token_type"], "DPoP")

    def test_a_token_that_is_not_pinned_opens_no_role(self):
        token = self.client.resource(self.access_token(), AWS).json["id_token"]
        self.assert_aws(self.assume(token), 403, "AccessDenied")


if __name__ == "__main__":
    unittest.main()
