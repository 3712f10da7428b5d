"""Selftest: answers that break the rules, and the names by which an operation is hit."""

import http.client
import json
import socket
import time
import unittest

from selftest_base import SandboxCase
from selftest_client import FORM, GRANTS, send

AWS = "/v1/credentials/aws/token"


class MisbehaviourCase(SandboxCase):
    def tearDown(self):
        self.fault("none")

    def fault(self, mode, **more):
        self.assertEqual(self.control("/faults", {"vouch": {"mode": mode} | more}), {"ok": True})

    def keys(self):
        return send(self.urls["vouch"] + "/oauth/jwks")

    def connect(self, path="/oauth/jwks"):
        peer = socket.create_connection(("127.0.0.1", int(self.urls["vouch"].rpartition(":")[2])), 5)
        self.addCleanup(peer.close)
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return peer


class Bodies(MisbehaviourCase):
    def test_wrong_type(self):
        self.fault("wrong_type")
        answer = self.keys()
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html"))
        self.assertEqual(answer.body[:6], b"<html>")
        self.fault("wrong_type", code=502)
        self.assertEqual(self.keys().status, 502)

    def test_non_json(self):
        self.fault("non_json")
        answer = self.keys()
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        with self.assertRaises(json.JSONDecodeError):
            self.assertIsNone(answer.json)

    def test_truncate_sends_half_of_the_true_answer(self):
        whole = self.keys().body
        self.fault("truncate")
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.keys()
        self.assertEqual(caught.exception.partial, whole[:len(whole) // 2])
        self.assertEqual(caught.exception.expected, len(whole) - len(whole) // 2)

    def test_oversize_is_the_true_answer_and_more(self):
        keys = self.keys().json["keys"]
        self.fault("oversize")
        answer = self.keys()
        self.assertGreater(len(answer.body), 2 * 1024 * 1024)
        self.assertEqual(answer.json["keys"], keys)

    def test_wrong_types(self):
        self.fault("wrong_types", operation="challenge")
        answer = self.client.challenge()
        self.assertEqual((answer.status, answer.json), (200, {"challenge": 7, "rp_id": 7, "state": 7}))
        self.assertTrue(answer.headers["DPoP-Nonce"])
        self.fault("wrong_types")
        self.assertEqual(self.keys().json, {"keys": {"0": "x"}})
        status = send(self.urls["vouch"] + "/v1/auth/status").json
        self.assertEqual(status, {"authenticated": "true"})

    def test_empty_strings(self):
        self.fault("empty_strings")
        self.assertEqual(self.client.challenge().json, {"challenge": "", "rp_id": "", "state": ""})
        self.assertEqual({text for key in self.keys().json["keys"] for text in key.values()}, {""})

    def test_endless_goes_on(self):
        self.fault("endless")
        peer, received = self.connect(), 0
        while received < 8 * 1024 * 1024:
            piece = peer.recv(1 << 20)
            self.assertTrue(piece)
            received += len(piece)
        self.fault("none")
        peer.settimeout(10)
        while peer.recv(1 << 20):
            pass  # ends without the last chunk once the fault is taken back

    def test_drip_goes_on(self):
        self.fault("drip", seconds=0.05)
        start, chunks = time.monotonic(), b""
        peer = self.connect()
        while chunks.count(b"1\r\n ") < 5:
            chunks += peer.recv(4096)
        self.assertGreaterEqual(time.monotonic() - start, 0.2)

    def test_other_services_misbehave_alike(self):
        self.control("/faults", {"sts": {"mode": "wrong_types"}, "eks": {"mode": "empty_strings"}})
        self.assertEqual(self.assume("x").body, b"[]")
        self.assertEqual(send(self.urls["eks"] + "/clusters").json, {"message": ""})
        self.control("/faults", {"sts": {"mode": "none"}, "eks": {"mode": "none"}})


class Redirect(MisbehaviourCase):
    def test_a_visit_is_told(self):
        self.control("/reset-counts", {})
        self.fault("redirect")
        answer = self.keys()
        self.assertEqual((answer.status, answer.headers["Location"]), (302, self.urls["control"] + "/visited"))
        self.assertEqual(self.control("/visits"), [])
        send(answer.headers["Location"] + "?a=b", "POST", {"Authorization": "DPoP x"}, b"x")
        [visit] = self.control("/visits")
        self.assertEqual((visit["method"], visit["target"]), ("POST", "/visited"))
        self.assertIn("authorization", visit["headers"])
        self.control("/reset-counts", {})
        self.assertEqual(self.control("/visits"), [])

    def test_status_and_place_can_be_chosen(self):
        self.fault("redirect", code=307, location="http://127.0.0.1:9/x")
        answer = self.keys()
        self.assertEqual((answer.status, answer.headers["Location"]), (307, "http://127.0.0.1:9/x"))


class Lies(MisbehaviourCase):
    def test_a_date_and_a_cookie(self):
        self.fault("lying_date", message="Fri, 01 Jan 2038 00:00:00 GMT")
        self.assertEqual(self.keys().headers["Date"], "Fri, 01 Jan 2038 00:00:00 GMT")
        self.fault("cookie", message="a=b; Path=/")
        self.assertEqual(self.keys().headers["Set-Cookie"], "a=b; Path=/")
        self.fault("none")
        answer = self.keys()
        self.assertNotIn("2038", answer.headers["Date"])
        self.assertNotIn("Set-Cookie", answer.headers)

    def test_a_cookie_that_comes_back_is_counted(self):
        self.control("/reset-counts", {})
        send(self.urls["vouch"] + "/v1/keys", "GET", {"Cookie": "a=b"})
        self.keys()
        self.assertEqual(self.control("/counts")["vouch.with_cookie"], 1)


class Statuses(MisbehaviourCase):
    def test_oauth_errors(self):
        for code, error in ((400, "invalid_request"), (401, "invalid_client"), (403, "access_denied"),
                            (408, "request_timeout"), (415, "invalid_request"), (429, "rate_limited"),
                            (500, "server_error"), (502, "server_error"), (503, "server_error")):
            self.fault("status", code=code)
            answer = self.client.challenge()
            self.assert_oauth(answer, code, error)
            self.assertTrue(answer.json["error_description"])
            self.assertIsNone(answer.headers["Retry-After"])
            self.assertIsNone(answer.headers["WWW-Authenticate"])

    def test_resource_errors(self):
        for code, error in ((400, "invalid_request"), (401, "invalid_token"), (403, "access_denied"),
                            (408, "request_timeout"), (415, "unsupported_media_type"), (429, "rate_limited"),
                            (500, "server_error"), (503, "server_error")):
            self.fault("status", code=code)
            answer = send(self.urls["vouch"] + AWS)
            self.assert_oauth(answer, code, error)
            self.assertTrue(answer.json["message"])
            wanted = f'DPoP error="{error}", error_description="{error}"' if code == 401 else None
            self.assertEqual(answer.headers["WWW-Authenticate"], wanted)

    def test_error_and_retry_after_can_be_chosen(self):
        self.fault("status", code=429, error="slow_down", retry_after=3)
        answer = self.client.challenge()
        self.assert_oauth(answer, 429, "slow_down")
        self.assertEqual(answer.headers["Retry-After"], "3")

    def test_values_that_are_none(self):
        for change in ({"code": 99}, {"code": "500"}, {"retry_after": "1"}, {"seconds": "1"}, {"operation": 7},
                       {"operation": "tokens"}, {"location": None}):
            with self.subTest(change=change):
                self.assertIn("error", self.control("/faults", {"vouch": {"mode": "status"} | change}))


class Names(MisbehaviourCase):
    def hit(self, operation, call):
        """Whether the fault for `operation`, and no other, reaches `call`; and it is counted under that name."""
        self.control("/reset-counts", {})
        self.fault("status", code=503, operation=operation)
        self.assertEqual(call().status, 503, operation)
        self.assertEqual(self.count(f"vouch.{operation}"), 1)
        self.fault("status", code=503, operation="discovery")
        self.assertNotEqual(call().status, 503, operation)

    def test_every_endpoint_has_one(self):
        token = self.access_token()

        def resource(path, method="GET", body=None):
            return lambda: self.client.resource(token, path, method=method, body=body)

        for operation, call in (
                ("register", self.client.register), ("challenge", self.client.challenge),
                ("device", self.client.device), ("revoke", lambda: self.client.form("/oauth/revoke", {"token": "x"})),
                ("jwks", self.keys),
                ("status", resource("/v1/auth/status")), ("aws_token", resource(AWS)), ("keys", resource("/v1/keys")),
                ("key_rename", resource("/v1/keys/1", "PATCH", b"{}")),
                ("key_remove", resource("/v1/keys/1", "DELETE")),
                ("key_start", resource("/v1/keys/register/start", "POST", b"{}")),
                ("key_complete", resource("/v1/keys/register/complete", "POST", b"{}"))):
            self.hit(operation, call)

    def test_the_grants_have_one_each(self):
        for grant, operation in zip(GRANTS, ("token_device", "token_fido2", "token_exchange")):
            def call(grant=grant):
                return self.client.token({"grant_type": grant}, None)

            self.hit(operation, call)
            self.hit("token", call)

    def test_a_form_that_is_none_has_the_common_name_only(self):
        self.fault("status", code=503, operation="token_fido2")
        for body in (b"grant_type=%ff", b"\xff", b"grant_type=a&grant_type=b"):
            self.assertEqual(send(self.urls["vouch"] + "/oauth/token", "POST", FORM, body).status, 400)


if __name__ == "__main__":
    unittest.main()
