"""Selftest: the device flow and its page."""

import unittest
import uuid

from selftest_base import SandboxCase
from selftest_client import FORM, GRANTS, Client, claims_of, new_key, send

PAGE_ERRORS = ((b"user_code=NONE", "decision"), (b"user_code=NONE&decision=deny", "no such code"),
               (b"decision=approve&decision=deny", "repeated"),
               (b"user_code={code}&decision=approve&email=x", "no account"))


class DeviceCase(SandboxCase):
    settings = {"device_interval": 5, "device_seconds": 60}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = "alice@example.com"
        user = {"user_id": str(uuid.uuid4()), "user_name": "Bob@example.com"}
        send(cls.urls["control"] + "/users", "POST", {}, str(user).replace("'", '"').encode())

    def setUp(self):
        super().setUp()
        self.nonce = self.client.challenge().headers["DPoP-Nonce"]

    def start(self):
        answer = self.client.device()
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json

    def decide(self, code, decision="approve", user="alice@example.com", **more):
        return self.control("/device", {"user_code": code["user_code"], "decision": decision, "user": user} | more)

    def poll(self, code, wait=5, **options):
        """A poll after `wait` seconds of the sandbox's clock."""
        self.clock.skew_seconds += wait
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        return self.client.poll(code["device_code"], nonce, **options)

    def approved(self, **decision):
        code = self.start()
        self.assertEqual(self.decide(code, **decision), {"ok": True})
        return self.poll(code)


class Start(DeviceCase):
    def test_gives_a_code_and_says_where_to_enter_it(self):
        code = self.start()
        self.assertRegex(code["user_code"], "^[B-Z]{4}-[B-Z]{4}$")
        page = f"{self.urls['vouch']}/device"
        self.assertEqual((code["verification_uri"], code["verification_uri_complete"]),
                         (page, f"{page}?user_code={code['user_code']}"))
        self.assertEqual((code["expires_in"], code["interval"]), (60, 5))
        discovery = send(self.urls["vouch"] + "/.well-known/openid-configuration").json
        self.assertEqual(discovery["device_authorization_endpoint"], f"{self.urls['vouch']}/oauth/device")

    def test_needs_the_client(self):
        answer = send(self.urls["vouch"] + "/oauth/device", "POST", FORM, f"client_id={self.client.client_id}".encode())
        self.assert_oauth(answer, 401, "invalid_client")
        spent = self.client.client_assertion()
        self.assertEqual(self.client.device(assertion=spent).status, 200)
        self.assert_oauth(self.client.device(assertion=spent), 401, "invalid_client")
        self.assertEqual(self.client.device(media_type="application/json").status, 415)

    def test_needs_the_grant(self):
        client = Client(self.urls["vouch"], self.clock.now)
        client.register(grant_types=GRANTS[1:])
        self.assert_oauth(client.device(), 400, "unauthorized_client")

    def test_the_control_port_shows_no_device_code(self):
        code = self.start()
        shown = self.control("/device")["codes"][-1]
        self.assertEqual((shown["user_code"], shown["state"]), (code["user_code"], "pending"))
        self.assertNotIn(code["device_code"], str(shown))


class Poll(DeviceCase):
    def test_pending_then_approved_then_used_up(self):
        code = self.start()
        self.assert_oauth(self.poll(code), 400, "authorization_pending")
        self.decide(code)
        answer = self.poll(code)
        self.assertEqual((answer.status, answer.json["token_type"], answer.json["email"], answer.json["expires_in"]),
                         (200, "DPoP", self.alice, 28800), answer.text)
        self.assertEqual(claims_of(answer.json["access_token"])["cnf"]["jkt"], self.client.jwk["kid"])
        self.assert_oauth(self.poll(code), 400, "invalid_grant")

    def test_a_poll_without_a_nonce_is_none(self):
        code = self.start()
        answer = self.client.poll(code["device_code"], None)
        self.assert_oauth(answer, 400, "use_dpop_nonce")
        self.assert_oauth(self.client.poll(code["device_code"], answer.headers["DPoP-Nonce"]), 400,
                          "authorization_pending")

    def test_slow_down_raises_the_interval_for_good(self):
        code = self.start()
        self.assert_oauth(self.poll(code, wait=0), 400, "authorization_pending")
        self.assert_oauth(self.poll(code, wait=4.5), 400, "slow_down")
        self.assert_oauth(self.poll(code, wait=5), 400, "slow_down")
        self.assert_oauth(self.poll(code, wait=14.8), 400, "slow_down")
        self.assertEqual(self.control("/device")["codes"][-1]["interval"], 20)
        self.decide(code)
        self.assert_oauth(self.poll(code, wait=19), 400, "slow_down")

    def test_the_raised_interval_is_enough(self):
        code = self.start()
        self.poll(code, wait=0)
        self.assert_oauth(self.poll(code, wait=1), 400, "slow_down")
        self.assert_oauth(self.poll(code, wait=10), 400, "authorization_pending")
        self.assert_oauth(self.poll(code, wait=9), 400, "slow_down")

    def test_denied_and_expired(self):
        code = self.start()
        self.decide(code, "deny")
        self.assert_oauth(self.poll(code), 400, "access_denied")
        for decision in (None, "approve"):
            code = self.start()
            if decision:
                self.decide(code, decision)
            self.assert_oauth(self.poll(code, wait=61), 400, "expired_token")
        self.assertIn("no such code", self.decide(code)["error"])

    def test_codes_that_are_wrong(self):
        self.assert_oauth(self.client.poll("unknown", self.nonce), 400, "invalid_grant")
        self.assert_oauth(self.client.poll("", self.nonce), 400, "invalid_request")
        code = self.start()
        self.decide(code)
        other = Client(self.urls["vouch"], self.clock.now)
        other.register()
        self.assert_oauth(other.poll(code["device_code"], self.nonce), 400, "invalid_grant")
        self.assert_reason("another client")

    def test_another_key(self):
        code = self.start()
        proof = self.client.proof("POST", "/oauth/token", nonce=self.nonce, key=new_key())
        self.assert_oauth(self.client.poll(code["device_code"], self.nonce, proof), 400, "invalid_dpop_proof")

    def test_a_client_assertion_is_good_for_one_poll(self):
        code, spent = self.start(), self.client.client_assertion()
        fields = {"grant_type": GRANTS[0], "device_code": code["device_code"]}
        self.assert_oauth(self.client.token(fields, self.nonce, assertion=spent), 400, "authorization_pending")
        self.assert_oauth(self.client.token(fields, self.nonce, assertion=spent), 401, "invalid_client")


class Decision(DeviceCase):
    def aws(self, answer):
        return self.client.resource(answer.json["access_token"], "/v1/credentials/aws/token")

    def test_hardware_is_whether_the_account_has_a_key(self):
        self.assertEqual(self.aws(self.approved()).status, 200)
        self.assert_oauth(self.aws(self.approved(user="bob@example.com")), 403, "hardware_required")

    def test_hardware_can_be_chosen(self):
        self.assert_oauth(self.aws(self.approved(hardware=False)), 403, "hardware_required")
        self.assertEqual(self.aws(self.approved(user="bob@example.com", hardware=True)).status, 200)

    def test_a_session_without_a_key_has_no_device_name(self):
        token = self.approved(user="bob@example.com").json["access_token"]
        status = self.client.resource(token, "/v1/auth/status", signed=False).json
        self.assertEqual((status["authenticated"], status["email"]), (True, "bob@example.com"))
        self.assertNotIn("device_name", status)

    def test_decisions_that_are_wrong(self):
        code = self.start()
        for change in ({"user": "eve@example.com"}, {"user": ""}, {"decision": "maybe"}, {"user_code": "AAAA-AAAA"},
                       {"hardware": "yes"}, {"colour": "red"}):
            body = {"user_code": code["user_code"], "decision": "approve", "user": self.alice} | change
            with self.subTest(change=change):
                self.assertIn("error", self.control("/device", body))
        self.assert_oauth(self.poll(code), 400, "authorization_pending")

    def test_is_made_once(self):
        code = self.start()
        self.decide(code, "deny")
        self.assertIn("error", self.decide(code))


class Page(DeviceCase):
    def post(self, body, headers=FORM):
        return send(self.urls["vouch"] + "/device/approve", "POST", headers, body)

    def test_shows_the_code_and_nothing_else_of_what_it_was_given(self):
        code = self.start()
        page = send(code["verification_uri_complete"])
        self.assertEqual(page.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn(f'value="{code["user_code"]}"', page.text)
        self.assertNotIn("<b>", send(f'{code["verification_uri"]}?user_code="><b>').text)

    def test_approves_and_denies(self):
        for decision, error in (("approve", None), ("deny", "access_denied")):
            code = self.start()
            typed = code["user_code"].lower().replace("-", "")
            done = self.post(f"user_code={typed}&decision={decision}&email=alice%40example.com".encode())
            self.assertEqual(done.status, 200, done.text)
            self.assertEqual(self.poll(code).json.get("error"), error)

    def test_forms_that_are_wrong(self):
        code = self.start()["user_code"]
        for body, reason in PAGE_ERRORS:
            answer = self.post(body.replace(b"{code}", code.encode()))
            self.assertEqual(answer.status, 400)
            self.assert_reason(reason)
        good = f"user_code={code}&decision=deny".encode()
        self.assertEqual(self.post(good, {"Content-Type": "text/plain"}).status, 400)
        self.assertEqual(self.post(good).status, 200)


if __name__ == "__main__":
    unittest.main()
