"""Selftest: registration, client authentication, challenge, DPoP at the token endpoint, assertion, token exchange."""

import json
import unittest
import urllib.parse

from selftest_base import SandboxCase
from selftest_client import ASSERTION_TYPE, FORM, GRANTS, Client, b64, claims_of, jwk_of, new_key, send


class Registration(SandboxCase):
    def test_gives_a_client_that_can_be_read_again(self):
        answer = self.client.register()
        self.assertEqual(answer.status, 201)
        headers = {"Authorization": f"Bearer {answer.json['registration_access_token']}"}
        again = send(answer.json["registration_client_uri"], "GET", headers)
        self.assertEqual((again.status, again.json["client_id"]), (200, answer.json["client_id"]))

    def test_read_with_another_token_is_refused(self):
        uri = self.client.register().json["registration_client_uri"]
        self.assert_oauth(send(uri, "GET", {"Authorization": "Bearer wrong"}), 401, "invalid_token")

    def test_missing_grant_types_mean_authorization_code(self):
        self.assert_oauth(self.client.register(grant_types=None), 400, "invalid_redirect_uri")

    def test_metadata_that_is_wrong_is_refused(self):
        private = self.client.jwk | {"d": b64(b"1" * 32)}
        for change in ({"token_endpoint_auth_method": "none"}, {"dpop_bound_access_tokens": False},
                       {"grant_types": ["magic"]}, {"response_types": ["code"]}, {"jwks": None},
                       {"jwks": {"keys": []}}, {"jwks": {"keys": [private]}},
                       {"jwks": {"keys": [self.client.jwk | {"kid": "mine"}]}},
                       {"jwks": {"keys": [self.client.jwk | {"use": "enc"}]}},
                       {"jwks": {"keys": [self.client.jwk | {"alg": "ES384"}]}},
                       {"jwks": {"keys": [self.client.jwk | {"y": self.client.jwk["x"]}]}}, {"client_name": 7}):
            with self.subTest(change=change):
                self.assert_oauth(self.client.register(**change), 400, "invalid_client_metadata")

    def test_a_body_that_is_no_object(self):
        for body in (b"[]", b"{", b"\xff"):
            answer = send(f"{self.urls['vouch']}/oauth/register", "POST", {"Content-Type": "application/json"}, body)
            self.assert_oauth(answer, 400, "invalid_client_metadata")

    def test_a_form_is_not_json(self):
        self.assertEqual(send(f"{self.urls['vouch']}/oauth/register", "POST", FORM, b"a=b").status, 415)


class ClientAuthentication(SandboxCase):
    def refused(self, assertion, reason):
        self.assert_oauth(self.client.challenge(assertion=assertion), 401, "invalid_client")
        self.assert_reason(reason)

    def test_claims_that_are_wrong(self):
        now, base = int(self.clock.now()), self.urls["vouch"]
        for change, reason in (({"aud": f"{base}/"}, "aud is"), ({"aud": [base]}, "aud is"),
                               ({"aud": f"{base}/oauth/token"}, "aud is"), ({"iss": "another"}, "not the same"),
                               ({"iat": now + 12, "exp": now + 60}, "in the future"),
                               ({"iat": now - 80, "exp": now - 12}, "expired"), ({"exp": now + 1000}, "lives"),
                               ({"exp": None}, "exp is not an integer"), ({"jti": ""}, "jti")):
            with self.subTest(change=change):
                self.refused(self.client.client_assertion(**change), reason)

    def test_ten_seconds_of_skew_are_tolerated(self):
        now = int(self.clock.now())
        self.assertEqual(self.client.challenge(assertion=self.client.client_assertion(iat=now + 8)).status, 200)
        late = self.client.client_assertion(iat=now - 60, exp=now - 7)
        self.assertEqual(self.client.challenge(assertion=late).status, 200)

    def test_header_or_key_that_is_wrong(self):
        self.refused(self.client.client_assertion(header={"alg": "HS256"}), "alg is")
        self.refused(self.client.client_assertion(header={"kid": "other"}), "kid")
        self.refused(self.client.client_assertion(header={"crit": ["b64"]}), "crit")
        self.refused(self.client.client_assertion(key=new_key()), "signature does not verify")

    def test_jti_is_good_once(self):
        assertion = self.client.client_assertion()
        self.assertEqual(self.client.challenge(assertion=assertion).status, 200)
        self.refused(assertion, "jti was used before")

    def test_without_an_assertion(self):
        self.assert_oauth(send(f"{self.urls['vouch']}/oauth/fido2/challenge", "POST", FORM, b""), 401, "invalid_client")

    def test_another_type_of_assertion(self):
        answer = self.client.form("/oauth/fido2/challenge", {"client_assertion_type": "saml2-bearer"})
        self.assert_oauth(answer, 401, "invalid_client")

    def test_unknown_client_after_a_reset(self):
        self.control("/forget-clients", {})
        self.refused(self.client.client_assertion(), "client is not registered")

    def test_grant_that_was_not_registered(self):
        client = Client(self.urls["vouch"], self.clock.now)
        client.register(grant_types=GRANTS[:1])
        self.assert_oauth(client.challenge(), 400, "unauthorized_client")


class Forms(SandboxCase):
    def test_another_media_type(self):
        self.assertEqual(self.client.challenge(media_type="application/json").status, 415)

    def test_a_repeated_parameter(self):
        body = urllib.parse.urlencode([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", "a"),
                                       ("client_assertion", "b")])
        answer = send(f"{self.urls['vouch']}/oauth/fido2/challenge", "POST", FORM, body.encode())
        self.assert_oauth(answer, 400, "invalid_request")

    def test_empty_and_unknown_parameters_are_absent(self):
        answer = self.client.form("/oauth/fido2/challenge", {"client_id": "", "colour": "red"})
        self.assertEqual(answer.status, 200)

    def test_a_body_that_is_too_large(self):
        answer = self.client.form("/oauth/fido2/challenge", {"colour": "x" * 270000})
        self.assertEqual(answer.status, 413)


class TokenEndpointProof(SandboxCase):
    def attempt(self, proof=None, nonce=None):
        return self.client.token({"grant_type": GRANTS[1], "assertion": "e30"}, nonce, proof)

    def test_without_nonce_one_is_handed_out_and_the_assertion_is_not_spent(self):
        assertion = self.client.client_assertion()
        answer = self.client.token({"grant_type": GRANTS[1], "assertion": "e30"}, None, assertion=assertion)
        self.assert_oauth(answer, 400, "use_dpop_nonce")
        again = self.client.token({"grant_type": GRANTS[1], "assertion": "e30"}, answer.headers["DPoP-Nonce"],
                                  assertion=assertion)
        self.assert_oauth(again, 400, "invalid_grant")

    def test_a_stale_nonce(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.clock.skew_seconds = 301
        self.assert_oauth(self.attempt(nonce=nonce), 400, "use_dpop_nonce")

    def test_proofs_that_are_wrong(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        now, path = int(self.clock.now()), "/oauth/token"
        for options, reason in (({"header": {"typ": "JWT"}}, "typ"), ({"header": {"alg": "none"}}, "alg"),
                                ({"htm": "GET"}, "htm"), ({"htu": f"{self.urls['vouch']}/oauth/tokens"}, "htu"),
                                ({"htu": f"{self.urls['vouch']}/oauth/token?a=b"}, "htu"), ({"iat": now - 302}, "iat"),
                                ({"iat": now + 65}, "iat"), ({"iat": "now"}, "iat"), ({"jti": ""}, "jti"),
                                ({"header": {"jwk": self.client.jwk | {"d": "AA"}}}, "private"),
                                ({"header": {"jwk": jwk_of(new_key())}}, "signature does not verify")):
            with self.subTest(options=options):
                self.assert_oauth(self.attempt(self.client.proof("POST", path, nonce=nonce, **options)), 400,
                                  "invalid_dpop_proof")
                self.assert_reason(reason)

    def test_htu_is_compared_after_normalisation(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        url = self.urls["vouch"].replace("http://", "HTTP://") + "/x/../oauth/./token"
        proof = self.client.proof("post", "", nonce=nonce, htu=url)
        self.assert_oauth(self.attempt(proof), 400, "invalid_grant")

    def test_a_replayed_proof(self):
        proof = self.client.proof("POST", "/oauth/token", nonce=self.client.challenge().headers["DPoP-Nonce"])
        self.assert_oauth(self.attempt(proof), 400, "invalid_grant")
        self.assert_oauth(self.attempt(proof), 400, "invalid_dpop_proof")
        self.assert_reason("jti was used before")

    def test_a_key_that_is_not_the_clients(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.assert_oauth(self.attempt(self.client.proof("POST", "/oauth/token", nonce=nonce, key=new_key())), 400,
                          "invalid_dpop_proof")
        self.assert_reason("not the client's key")

    def test_other_grants(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.assert_oauth(self.client.token({"grant_type": "password"}, nonce), 400, "unsupported_grant_type")
        self.assert_oauth(self.client.token({}, nonce), 400, "invalid_request")
        self.assert_oauth(self.client.token({"grant_type": GRANTS[1]}, nonce), 400, "invalid_request")


class Login(SandboxCase):
    def refused(self, reason, **wrong):
        self.assert_oauth(self.client.login(self.security_key, **wrong), 400, "invalid_grant")
        self.assert_reason(reason)

    def test_gives_a_bound_session(self):
        answer = self.client.login(self.security_key)
        self.assertEqual(answer.status, 200, answer.text)
        body = answer.json
        self.assertEqual((body["token_type"], body["expires_in"], body["email"]), ("DPoP", 28800, "alice@example.com"))
        claims = claims_of(body["access_token"])
        self.assertEqual((claims["client_id"], claims["cnf"]["jkt"]), (self.client.client_id, self.client.jwk["kid"]))

    def test_lives_as_long_as_the_control_port_says(self):
        for wrong in (0, "9", True, None):
            with self.subTest(wrong=wrong):
                self.assertIn("error", self.control("/seconds", {"session": wrong}))
        self.assertIn("error", self.control("/seconds", {"device": 9}))
        self.control("/seconds", {"session": 9})
        try:
            self.assertEqual(self.client.login(self.security_key).json["expires_in"], 9)
        finally:
            self.control("/seconds", {"session": 28800})

    def test_flags(self):
        self.refused("user verification", flags=0x01)
        self.refused("user presence", flags=0x04)

    def test_client_data(self):
        self.refused("origin", client_data={"origin": "http://vouch.test"})
        self.refused("origin", client_data={"origin": "https://vouch.test:443"})
        self.refused("type", client_data={"type": "webauthn.create"})
        self.refused("challenge", client_data={"challenge": b64(b"0" * 32)})
        self.refused("crossOrigin", client_data={"crossOrigin": True})

    def test_authenticator_data_and_signature(self):
        self.refused("rpIdHash", rp_id="evil.test")
        self.refused("signature does not verify", key=new_key())

    def test_binary_members_that_are_malformed(self):
        for change, reason in (({"authenticator_data": b64(b"x" * 36)}, "of 36 bytes"),
                               ({"authenticator_data": b64(b"\x58\x25" + b"x" * 37)}, "rpIdHash"),
                               ({"client_data_json": b64(b"[]")}, "not an object"),
                               ({"client_data_json": b64(b"{")}, "not JSON"),
                               ({"credential_id": b64(b"other")}, "not enrolled"),
                               ({"signature": "+/"}, "signature is")):
            with self.subTest(change=change):
                made = self.security_key.assertion(self.client.challenge().json)
                self.refused(reason, assertion=made | change)

    def test_user_handle(self):
        self.refused("not a UUID", user_handle=b"alice")
        self.refused("another user", user_handle=b"0" * 16)

    def test_counter_regression(self):
        self.assertEqual(self.client.login(self.security_key).status, 200)
        self.refused("regression", counter=self.security_key.counter)

    def test_state_is_good_once(self):
        challenge = self.client.challenge().json
        first = self.client.login(self.security_key, assertion=self.security_key.assertion(challenge))
        self.assertEqual(first.status, 200, first.text)
        self.refused("state was used before", assertion=self.security_key.assertion(challenge))

    def test_state_expires(self):
        challenge = self.client.challenge().json
        self.clock.skew_seconds = 301
        self.refused("state has expired", assertion=self.security_key.assertion(challenge))

    def test_state_of_another_client(self):
        other = Client(self.urls["vouch"], self.clock.now)
        other.register()
        self.refused("another client", assertion=self.security_key.assertion(other.challenge().json))

    def test_assertion_that_is_malformed(self):
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        for text in ("%%%", b64(b"[]"), b64(b'{"state": 7}'), b64(b"{")):
            with self.subTest(text=text):
                answer = self.client.token({"grant_type": GRANTS[1], "assertion": text}, nonce)
                self.assert_oauth(answer, 400, "invalid_grant")

    def test_malformed_posture(self):
        answer = self.client.login(self.security_key, fields={"authorization_details": "{}"})
        self.assert_oauth(answer, 400, "invalid_authorization_details")
        posture = json.dumps([{"type": "device_posture", "posture_version": 1, "os": "linux"}])
        self.assertEqual(self.client.login(self.security_key, fields={"authorization_details": posture}).status, 200)


class Exchange(SandboxCase):
    def setUp(self):
        super().setUp()
        self.token = self.access_token()
        self.nonce = self.client.challenge().headers["DPoP-Nonce"]

    def test_gives_an_id_token_of_ten_minutes(self):
        answer = self.client.exchange(self.token, self.nonce)
        self.assertEqual((answer.status, answer.json["token_type"], answer.json["expires_in"]), (200, "N_A", 600))
        claims = claims_of(answer.json["access_token"])
        self.assertEqual((claims["sub"], claims["aud"], claims["iss"]),
                         ("alice@example.com", "kubernetes", self.urls["vouch"]))

    def test_audience_defaults_to_the_issuer(self):
        answer = self.client.exchange(self.token, self.nonce, audience="")
        self.assertEqual(claims_of(answer.json["access_token"])["aud"], self.urls["vouch"])

    def test_another_key(self):
        proof = self.client.proof("POST", "/oauth/token", nonce=self.nonce, key=new_key())
        self.assert_oauth(self.client.exchange(self.token, self.nonce, proof), 400, "invalid_request")

    def test_requests_that_are_wrong(self):
        self.assert_oauth(self.client.exchange(self.token, None), 400, "use_dpop_nonce")
        self.assert_oauth(self.client.exchange("a.b.c", self.nonce), 400, "invalid_grant")
        self.assert_oauth(self.client.exchange(self.token, self.nonce, actor_token="x"), 400, "invalid_request")
        self.assert_oauth(self.client.exchange(self.token, self.nonce, subject_token_type=None), 400, "invalid_request")
        self.assert_oauth(self.client.exchange(self.token, self.nonce, client_id="other"), 401, "invalid_client")

    def test_a_session_of_another_client_or_without_hardware(self):
        first, self.client = self.token, Client(self.urls["vouch"], self.clock.now)
        self.client.register()
        self.assert_oauth(self.client.exchange(first, self.nonce), 400, "invalid_grant")
        own = self.access_token()
        self.control("/downgrade-sessions", {})
        self.assert_oauth(self.client.exchange(own, self.nonce), 400, "invalid_grant")

    def test_an_id_token_is_no_subject_token(self):
        exchanged = self.client.exchange(self.token, self.nonce).json["access_token"]
        self.assert_oauth(self.client.exchange(exchanged, self.nonce), 400, "invalid_grant")
        self.assert_reason("not an access token")

    def test_a_revoked_session(self):
        self.control("/revoke-sessions", {})
        self.assert_oauth(self.client.exchange(self.token, self.nonce), 400, "invalid_grant")

    def test_a_client_from_before_this_grant(self):
        self.control("/remove-grant", {"grant": GRANTS[2]})
        self.assert_oauth(self.client.exchange(self.token, self.nonce), 400, "unauthorized_client")


if __name__ == "__main__":
    unittest.main()
