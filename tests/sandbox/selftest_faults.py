"""Selftest: the control port and the misbehaviour that it switches on, the program itself, and many callers at once."""

import concurrent.futures
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from selftest_base import ROLE, SandboxCase
from selftest_client import SecurityKey, send

PROGRAM = os.path.join(os.path.dirname(os.path.realpath(__file__)), "vouch-sandbox")


class Faults(SandboxCase):
    def tearDown(self):
        self.fault(**{name: {"mode": "none"} for name in ("vouch", "sts", "eks", "k8s")})

    def fault(self, **faults):
        answer = self.control("/faults", faults)
        self.assertEqual(answer, {"ok": True})

    def keys(self):
        return send(self.urls["vouch"] + "/oauth/jwks")

    def test_down_refuses_connections_and_the_port_comes_back(self):
        self.fault(vouch={"mode": "down"})
        with self.assertRaises(ConnectionRefusedError):
            self.keys()
        self.fault(vouch={"mode": "none"})
        self.assertEqual(self.keys().status, 200)

    def test_down_cuts_kept_connections(self):
        connection = http.client.HTTPConnection(self.urls["vouch"].split("/")[2], timeout=5)
        connection.request("GET", "/oauth/jwks")
        connection.getresponse().read()
        self.fault(vouch={"mode": "down"})
        self.assertEqual(connection.sock.recv(1), b"")
        connection.close()

    def test_status(self):
        self.fault(vouch={"mode": "status", "code": 503}, sts={"mode": "status", "code": 500},
                   eks={"mode": "status", "code": 503}, k8s={"mode": "status", "code": 500})
        self.assert_oauth(self.keys(), 503, "server_error")
        answer = self.assume("x")
        self.assertEqual(answer.status, 500)
        self.assertIn("<Type>Receiver</Type><Code>InternalFailure</Code>", answer.text)
        answer = send(self.urls["eks"] + "/clusters")
        self.assertEqual(answer.headers["x-amzn-ErrorType"], "ServiceUnavailableException")
        self.assertEqual(self.kubernetes("x").json["reason"], "InternalError")

    def test_status_with_an_error_of_choice(self):
        self.fault(sts={"mode": "status", "code": 400, "error": "IDPCommunicationError"})
        self.assert_aws(self.assume("x"), 400, "IDPCommunicationError")

    def test_throttle(self):
        self.fault(vouch={"mode": "throttle", "retry_after": 7}, sts={"mode": "throttle"})
        answer = self.keys()
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (429, "7"))
        self.assert_aws(self.assume("x"), 400, "Throttling")

        self.fault(eks={"mode": "throttle"}, k8s={"mode": "throttle"})
        self.assertEqual(send(self.urls["eks"] + "/clusters").headers["x-amzn-ErrorType"], "TooManyRequestsException")
        self.assertEqual(self.kubernetes("x").json["reason"], "TooManyRequests")

    def test_access_denied(self):
        self.fault(vouch={"mode": "access_denied"}, sts={"mode": "access_denied"}, k8s={"mode": "access_denied"})
        self.assertEqual(self.kubernetes("x").json["reason"], "Forbidden")
        self.assertEqual(self.keys().status, 403)
        self.assert_aws(self.assume("x"), 403, "AccessDenied")

    def test_garbage_and_cut(self):
        self.fault(vouch={"mode": "garbage"}, sts={"mode": "cut"})
        self.assertEqual((self.keys().status, self.keys().body[:6]), (200, b"<html>"))
        with self.assertRaises(http.client.IncompleteRead):
            self.assume("x")

    def test_delay(self):
        self.fault(vouch={"mode": "delay", "seconds": 0.3})
        start = time.monotonic()
        self.assertEqual(self.keys().status, 200)
        self.assertGreaterEqual(time.monotonic() - start, 0.3)

    def test_hang_never_answers(self):
        for service, path in (("vouch", "/oauth/jwks"), ("sts", "/")):
            with self.subTest(service=service):
                self.fault(**{service: {"mode": "hang"}})
                with socket.create_connection(("127.0.0.1", int(self.urls[service].rpartition(":")[2])), 5) as peer:
                    peer.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    peer.settimeout(0.4)
                    with self.assertRaises(TimeoutError):
                        peer.recv(1)
                    self.fault(**{service: {"mode": "none"}})
                    peer.settimeout(5)
                    self.assertEqual(peer.recv(1), b"")  # let go without an answer

    def test_count_and_operation(self):
        self.fault(vouch={"mode": "status", "code": 500, "count": 2, "operation": "jwks"})
        self.assertEqual(self.client.challenge().status, 200)
        self.assertEqual([self.keys().status for _ in range(3)], [500, 500, 200])

    def test_a_list_of_faults(self):
        self.fault(vouch=[{"mode": "status", "code": 500, "count": 1}, {"mode": "status", "code": 503, "count": 1}])
        self.assertEqual([self.keys().status for _ in range(3)], [500, 503, 200])

    def test_a_mistyped_fault_is_refused_and_changes_nothing(self):
        for body in ({"vouch": {"mode": "explode"}}, {"vouch": {"mode": "delay", "second": 1}},
                     {"s3": {"mode": "down"}}, {"vouch": {"mode": "status", "code": "500"}}, {"vouch": 7}):
            with self.subTest(body=body):
                self.assertIn("error", self.control("/faults", body))
        self.assertEqual(self.keys().status, 200)

    def test_counters(self):
        self.control("/reset-counts", {})
        self.assertEqual(self.control("/counts"), {})
        self.keys()
        self.assume("x")
        self.assertEqual(self.control("/counts"),
                         {"sts.AssumeRoleWithWebIdentity": 1, "sts.AssumeRoleWithWebIdentity@VouchDeveloper": 1,
                          "vouch.jwks": 1, "vouch.jwks.ok": 1})

    def test_calls_for_a_role_are_counted_and_hit_by_its_name(self):
        self.control("/reset-counts", {})
        self.fault(sts={"mode": "throttle", "operation": "AssumeRoleWithWebIdentity@Load-1"})
        token = self.id_token(ROLE)
        self.assertEqual(self.assume(token).status, 200)
        self.assert_aws(self.assume(token, RoleArn=ROLE.replace("VouchDeveloper", "Load-1")), 400, "Throttling")
        self.assertEqual([self.count(f"sts.AssumeRoleWithWebIdentity@{role}") for role in ("VouchDeveloper", "Load-1")],
                         [1, 1])
        self.assertEqual(self.count("vouch.aws_token@VouchDeveloper.ok"), 1)

    def test_a_user_can_be_added(self):
        bob = SecurityKey()
        self.assertEqual(self.client.login(bob).status, 400)
        self.assertEqual(self.control("/users", bob.describe()), {"ok": True})
        self.assertEqual(self.client.login(bob).status, 200)


class Load(SandboxCase):
    def test_two_hundred_callers_at_once(self):
        start = threading.Barrier(200)

        def call(_):
            start.wait()
            return send(self.urls["vouch"] + "/oauth/jwks").status

        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            self.assertEqual(set(pool.map(call, range(200))), {200})

    def test_a_connection_is_kept(self):
        connection = http.client.HTTPConnection(self.urls["sts"].split("/")[2], timeout=5)
        ports = set()
        for _ in range(3):
            connection.request("GET", "/?Action=GetCallerIdentity&Version=2011-06-15")
            connection.getresponse().read()
            ports.add(connection.sock.getsockname())
        connection.close()
        self.assertEqual(len(ports), 1)


class Program(unittest.TestCase):
    def start(self, directory, *arguments, prefix=()):
        process = subprocess.Popen([*prefix, sys.executable, PROGRAM, "--dir", directory, *arguments],
                                   stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        with open(f"{directory}/sandbox.json", encoding="utf-8") as file:
            return process, json.load(file)

    def test_says_where_it_is_and_ends_cleanly(self):
        with tempfile.TemporaryDirectory() as directory:
            user = f"{directory}/user.json"
            with open(user, "w", encoding="utf-8") as file:
                json.dump(SecurityKey().describe(), file)
            process, info = self.start(directory, "--user", user)
            self.assertEqual(info["pid"], process.pid)
            self.assertEqual(info["role_arn"], "arn:aws:iam::123456789012:role/VouchDeveloper")
            self.assertEqual(send(info["control"] + "/counts").json, {})
            self.assertEqual(send(info["k8s"] + "/healthz", ca_file=info["ca_file"]).body, b"ok")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(10), 0)
            self.assertFalse(os.path.exists(f"{directory}/sandbox.json"))
            process.stdout.close()

    def test_ends_with_its_parent(self):
        with tempfile.TemporaryDirectory() as directory:
            shell = ("sh", "-c", '"$@" & wait', "sh")
            process, info = self.start(directory, "--die-with-parent", prefix=shell)
            process.kill()
            process.wait()
            until = time.monotonic() + 10
            while os.path.exists(f"{directory}/sandbox.json") and time.monotonic() < until:
                time.sleep(0.05)
            self.assertFalse(os.path.exists(f"{directory}/sandbox.json"))
            process.stdout.close()

    def test_a_user_of_another_rp_is_refused(self):
        with tempfile.TemporaryDirectory() as directory:
            user = f"{directory}/user.json"
            with open(user, "w", encoding="utf-8") as file:
                json.dump(SecurityKey("other.test").describe(), file)
            command = [sys.executable, PROGRAM, "--dir", directory, "--user", user]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("rp_id", done.stderr)


if __name__ == "__main__":
    unittest.main()
