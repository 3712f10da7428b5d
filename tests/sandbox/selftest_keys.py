"""Selftest: the keys of an account, their registration and the step-up."""

import json
import unittest
import uuid

import cbor
from selftest_authenticator import AAGUID, NewKey, certificate
from selftest_authenticator import cbor as encode
from selftest_base import SandboxCase
from selftest_client import Client, new_key


class KeysCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.token = self.access_token()

    def call(self, path="", method="GET", value=None, **options):
        body = None if value is None else json.dumps(value).encode()
        return self.client.resource(options.pop("token", self.token), f"/v1/keys{path}", method=method, body=body,
                                    **options)

    def keys(self, **options):
        return self.call(**options).json["keys"]

    def start(self, name="Blue key", **options):
        return self.call("/register/start", "POST", {"name": name}, **options)

    def complete(self, body, **options):
        return self.call("/register/complete", "POST", body, **options)

    def register(self, security_key=None, **wrong):
        return self.complete((security_key or NewKey()).make(self.start().json, **wrong))

    def refused(self, answer, status, error, reason=":"):
        self.assert_oauth(answer, status, error)
        self.assertTrue(answer.json["message"])
        self.assert_reason(reason)


class List(KeysCase):
    def test_shows_the_key_of_this_session(self):
        [key] = [key for key in self.keys() if key["is_current_session"]]
        self.assertEqual((key["name"], key["aaguid"]), ("Security key", str(uuid.UUID(bytes=AAGUID))))
        self.assertRegex(key["created_at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_is_signed_and_bound(self):
        self.assertEqual(self.call(signed=False).status, 401)
        self.refused(self.call(scheme="Bearer"), 401, "invalid_token")


class Rename(KeysCase):
    def rename(self, name, key_id=None, **options):
        return self.call(f"/{key_id or self.keys()[0]['id']}", "PATCH", {"name": name}, **options)

    def test_trims_the_name(self):
        self.assertEqual(self.rename("  Drawer ").status, 200)
        self.assertEqual(self.keys()[0]["name"], "Drawer")
        self.assertEqual(self.rename("Security key").status, 200)
        self.assertEqual(self.rename("é" * 100).status, 200)
        self.assertEqual(self.rename("Security key").status, 200)

    def test_names_that_are_none(self):
        for name in ("", "  \t", "x" * 101, 7, None):
            with self.subTest(name=name):
                self.refused(self.rename(name), 400, "invalid_name")
        self.assertEqual(self.keys()[0]["name"], "Security key")

    def test_an_unknown_key(self):
        self.refused(self.rename("x", str(uuid.uuid4())), 404, "not_found")

    def test_bodies_that_are_wrong(self):
        path = f"/v1/keys/{self.keys()[0]['id']}"
        self.refused(self.client.resource(self.token, path, method="PATCH", body=b"[]"), 400, "invalid_request")
        self.refused(self.client.resource(self.token, path, method="PATCH", body=b"{"), 400, "invalid_request")
        self.assertEqual(self.rename("x", digest=b"other").text, "signature verification failed")
        self.assertEqual(self.call(f"/{uuid.uuid4()}", "PUT", {"name": "x"}).status, 404)


class Remove(KeysCase):
    def remove(self, key_id, **options):
        return self.call(f"/{key_id}", "DELETE", **options)

    def test_wants_a_touch_of_the_last_minute(self):
        key_id = self.register().json["device_id"]
        self.clock.skew_seconds = 61
        answer = self.remove(key_id)
        self.refused(answer, 401, "insufficient_user_authentication", "last touch 61 s ago")
        self.assertRegex(answer.headers["WWW-Authenticate"], '^DPoP error="insufficient_user_authentication", .*'
                                                             'acr_values="phrh", max_age="60"$')
        self.assertEqual(len(answer.headers.get_all("WWW-Authenticate")), 1)
        self.assertIn(key_id, [key["id"] for key in self.keys()])
        done = self.remove(key_id, token=self.access_token())
        self.assertEqual((done.status, done.json["sessions_revoked"]), (200, 0), done.text)
        self.assertNotIn(key_id, [key["id"] for key in self.keys()])

    def test_ends_the_sessions_of_that_key(self):
        key = NewKey()
        key.user_id = self.security_key.user_id
        key_id = self.register(key).json["device_id"]
        tokens = [self.client.login(key).json["access_token"] for _ in range(2)]
        self.assertEqual(self.keys(token=tokens[0])[-1], next(one for one in self.keys(token=tokens[1])
                                                              if one["is_current_session"]))
        done = self.remove(key_id)
        self.assertEqual((done.status, done.json["sessions_revoked"]), (200, 2), done.text)
        for token in tokens:
            self.refused(self.call(token=token), 401, "invalid_token", "revoked")
        self.assert_oauth(self.client.login(key), 400, "invalid_grant")
        self.assertEqual(self.call().status, 200)

    def test_an_unknown_key_and_one_of_another_account(self):
        self.refused(self.remove(uuid.uuid4()), 404, "not_found")
        bob = NewKey()
        self.control("/users", bob.describe() | {"user_name": "bob@example.com"})
        token = self.client.login(bob).json["access_token"]
        self.refused(self.remove(self.keys(token=token)[0]["id"]), 404, "not_found")

    def test_a_session_without_a_touch(self):
        self.control("/downgrade-sessions", {})
        self.refused(self.remove(uuid.uuid4()), 401, "insufficient_user_authentication", "no touch")


class Start(KeysCase):
    def test_gives_bytes_as_numbers(self):
        answer = self.start().json
        self.assertEqual(len(bytes(answer["challenge"])), 32)
        self.assertEqual((answer["rp_id"], answer["user_id"], answer["user_name"], answer["algorithms"]),
                         ("vouch.test", str(self.security_key.user_id), "alice@example.com", [-7]))
        self.assertIn(list(self.security_key.credential_id), answer["exclude_credential_ids"])

    def test_wants_a_name(self):
        self.refused(self.start(" "), 400, "invalid_name")

    def test_takes_json_only(self):
        answer = self.start(media_type="text/plain")
        self.refused(answer, 415, "unsupported_media_type")


class StepUp(KeysCase):
    settings = {"step_up_register": True}

    def test_a_further_key_wants_a_recent_touch(self):
        self.assertEqual(self.start().status, 200)
        self.clock.skew_seconds = 61
        self.refused(self.start(), 401, "insufficient_user_authentication")

    def test_the_first_key_does_not(self):
        self.control("/users", {"user_id": str(uuid.uuid4()), "user_name": "carol@example.com"})
        code = self.client.device().json
        self.control("/device", {"user_code": code["user_code"], "decision": "approve", "user": "carol@example.com"})
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        token = self.client.poll(code["device_code"], nonce).json["access_token"]
        self.assertEqual(self.start(token=token).status, 200)


class Complete(KeysCase):
    def rejected(self, reason, **wrong):
        self.refused(self.register(**wrong), 400, "registration_failed", reason)

    def test_every_kind_of_attestation(self):
        maker = new_key()
        for options in ({}, {"fmt": "none"}, {"signer": maker, "x5c": [certificate(maker)]},
                        {"flags": 0xc5, "tail": encode({"credProtect": 2})}):
            with self.subTest(options=list(options)):
                answer = self.register(**options)
                self.assertEqual(answer.status, 200, answer.text)
                self.assertIn(answer.json["device_id"], [key["id"] for key in self.keys()])

    def test_the_new_key_logs_in_and_its_counter_is_kept(self):
        key = NewKey()
        key.user_id, key.counter = self.security_key.user_id, 5
        self.assertEqual(self.register(key).status, 200)
        self.assert_oauth(self.client.login(key, counter=5), 400, "invalid_grant")
        self.assert_reason("regression")
        self.assertEqual(self.client.login(key, counter=6).json["email"], "alice@example.com")

    def test_client_data(self):
        self.rejected("type", client_data={"type": "webauthn.get"})
        self.rejected("challenge", client_data={"challenge": "AAAA"})
        self.rejected("origin", client_data={"origin": "https://vouch.test:443"})
        self.rejected("crossOrigin", client_data={"crossOrigin": True})

    def test_authenticator_data(self):
        self.rejected("rpIdHash", rp_id="evil.test")
        self.rejected("user presence", flags=0x44)
        self.rejected("user verification", flags=0x41)
        self.rejected("no attested credential", flags=0x05)
        self.rejected("bytes after", tail=b"\xa0")
        self.rejected("ends too early", flags=0xc5)
        self.rejected("no map", flags=0xc5, tail=b"\x01")
        self.rejected("of 36 bytes", top={"authData": bytes(36)})

    def test_public_keys(self):
        self.rejected("ES256", cose={3: -8})
        self.rejected("ES256", cose={-1: 2})
        self.rejected("32 bytes", cose={-2: b"x"})
        self.rejected("curve", cose={-2: b"\1" * 32})
        self.rejected("two coordinates", cose={-3: "y"})
        self.rejected("SubjectPublicKeyInfo", public_key=[4, 1])
        self.rejected("credential_id is not", credential_id=[1, 2])

    def test_attestation_objects(self):
        self.rejected("attestation object", attestation_object=[])
        self.rejected("map of fmt", top={"more": 1})
        self.rejected("fmt is no text", top={"fmt": b"packed"})
        self.rejected("format 'tpm'", fmt="tpm")
        self.rejected("not empty", fmt="none", statement={"alg": -7})

    def test_attestation_statements(self):
        self.rejected("signature does not verify", signer=new_key())
        self.rejected("map of alg, sig", statement={"alg": -7})
        self.rejected("map of alg, sig", statement={"alg": -7, "sig": b"x", "ecdaaKeyId": b"x"})
        self.rejected("alg is", statement={"alg": -257, "sig": b"x"})
        self.rejected("signature does not verify", statement={"alg": -7, "sig": b"x"})

    def test_attestation_certificates(self):
        maker = new_key()
        for chain, reason in (([], "array of certificates"), ([b"x"], "attestation certificate"),
                              ([certificate(maker, unit="Other")], "OU"), ([certificate(maker, ca=True)], "of a CA"),
                              ([certificate(maker, aaguid=bytes(16))], "another model"),
                              ([certificate(new_key())], "does not verify")):
            self.rejected(reason, signer=maker, x5c=chain)

    def test_bytes_that_are_no_numbers(self):
        for value in ("AAAA", [256], [-1], [True], [1.0], ["1"], None):
            with self.subTest(value=value):
                self.refused(self.register(client_data_json=value), 400, "invalid_request", "client_data_json")

    def test_a_credential_that_is_known(self):
        key = NewKey()
        self.assertEqual(self.register(key).status, 200)
        self.refused(self.register(key), 409, "already_registered")

    def test_state_is_good_once_for_five_minutes(self):
        start = self.start().json
        self.assertEqual(self.complete(NewKey().make(start)).status, 200)
        self.refused(self.complete(NewKey().make(start)), 400, "registration_failed", "used before")
        start = self.start().json
        self.clock.skew_seconds = 301
        self.refused(self.complete(NewKey().make(start)), 400, "registration_failed", "expired")

    def test_states_that_are_wrong(self):
        self.rejected("JWS", state=7)
        self.rejected("signature does not verify", state=self.client.challenge().json["state"])
        dan = NewKey()
        self.control("/users", dan.describe() | {"user_name": "dan@example.com"})
        other = Client(self.urls["vouch"], self.clock.now)
        other.register()
        body = dan.make(self.start().json)
        answer = other.resource(other.login(dan).json["access_token"], "/v1/keys/register/complete", method="POST",
                                body=json.dumps(body).encode())
        self.refused(answer, 400, "registration_failed", "another account")


class Cbor(unittest.TestCase):
    def test_reads_what_was_written(self):
        value = {"a": [1, -7, -500, 70000, b"x" * 300], 2: {}, -3: "é"}
        self.assertEqual(cbor.decode(encode(value)), value)

    def test_refuses_what_no_authenticator_writes(self):
        for text in ("", "a1", "a20101", "a201010102", "1817", "190017", "5f4101ff", "f93c00", "c101", "61ff", "43aabb",
                     "0000", "81" * 9 + "00", "a18000", "1c", "f8ff", "1a0000ffff", "a1f500"):
            with self.subTest(text=text), self.assertRaises(cbor.CborError):
                cbor.decode(bytes.fromhex(text))


if __name__ == "__main__":
    unittest.main()
