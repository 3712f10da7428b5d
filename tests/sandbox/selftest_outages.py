"""Selftest: the ends of a connection and of an account that can be switched on while the sandbox runs: certificates that
nobody may take, errors in the words of AWS, and accounts that are taken away.
"""

import ssl
import unittest

from selftest_base import SandboxCase
from selftest_client import send

KEYS = "/oauth/jwks"
NO_KEY = ("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
          "documentation for requirements")


class Certificates(SandboxCase):
    settings = {"tls": True, "sts_tls": True}

    def tearDown(self):
        self.control("/faults", {"vouch": {"mode": "none"}, "sts": {"mode": "none"}})

    def ask(self, service="sts"):
        return send(self.urls[service] + (KEYS if service == "vouch" else "/"), ca_file=self.urls["ca_file"]).status

    def test_sts_is_served_over_tls(self):
        self.assertRegex(self.urls["sts"], "^https:")
        self.assertEqual(self.ask(), 400)

    def test_each_certificate_comes_and_goes(self):
        for service, works in (("sts", 400), ("vouch", 200)):
            for kind, reason in (("expired", "expired"), ("wrong-host", "mismatch"), ("self-signed", "self.signed")):
                with self.subTest(service=service, kind=kind):
                    fault = {service: {"mode": "bad_certificate", "certificate": kind}}
                    self.assertEqual(self.control("/faults", fault), {"ok": True})
                    with self.assertRaisesRegex(ssl.SSLCertVerificationError, reason):
                        self.ask(service)
                    self.control("/faults", {service: {"mode": "none"}})
                    self.assertEqual(self.ask(service), works)

    def test_the_other_service_keeps_its_own(self):
        self.control("/faults", {"sts": {"mode": "bad_certificate"}})
        self.assertEqual(self.ask("vouch"), 200)

    def test_it_survives_a_server_that_goes_down(self):
        self.control("/faults", {"sts": {"mode": "down"}})
        self.control("/faults", {"sts": {"mode": "bad_certificate"}})
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "expired"):
            self.ask()

    def test_a_service_without_tls_has_no_certificate(self):
        self.assertIn("error", self.control("/faults", {"eks": {"mode": "bad_certificate"}}))
        self.assertIn("error", self.control("/faults", {"sts": {"mode": "bad_certificate", "certificate": "worn"}}))


class Words(SandboxCase):
    def test_an_error_can_have_the_message_of_aws(self):
        self.control("/faults", {"sts": {"mode": "status", "code": 400, "error": "InvalidIdentityToken",
                                         "message": NO_KEY}})
        answer = self.assume("x")
        self.assert_aws(answer, 400, "InvalidIdentityToken")
        self.assertIn(f"<Message>{NO_KEY}</Message>", answer.text)
        self.control("/faults", {"sts": {"mode": "none"}})
        self.assertIn("error", self.control("/faults", {"sts": {"mode": "status", "message": 7}}))


class Deactivated(SandboxCase):
    def tearDown(self):
        self.control("/deactivate-users", {"active": True})

    def test_nothing_is_given_and_no_login_works(self):
        token = self.access_token()
        self.assertEqual(self.control("/deactivate-users", {}), {"ok": True})
        answer = self.client.resource(token, "/v1/credentials/aws/token")
        self.assert_oauth(answer, 403, "user_deactivated")
        self.assertEqual(self.client.resource(token, "/v1/auth/status").json, {"authenticated": False})
        self.assert_oauth(self.client.login(self.security_key), 400, "invalid_grant")

    def test_the_session_lives_on_when_the_account_is_given_back(self):
        token = self.access_token()
        self.control("/deactivate-users", {})
        self.control("/deactivate-users", {"active": True})
        self.assertEqual(self.client.resource(token, "/v1/credentials/aws/token").status, 200)

    def test_values_that_are_none(self):
        for body in ({"active": 1}, {"activ": True}):
            self.assertIn("error", self.control("/deactivate-users", body))


if __name__ == "__main__":
    unittest.main()
