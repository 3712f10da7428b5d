"""Selftest: the forward proxy."""

import http.client
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

from selftest_base import SandboxCase
from selftest_client import send

PROGRAM = os.path.join(os.path.dirname(os.path.realpath(__file__)), "connect-proxy")


class Proxy(SandboxCase):
    settings = {"tls": True}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log, port_file = f"{folder.name}/log", f"{folder.name}/port"
        self.process = subprocess.Popen([sys.executable, PROGRAM, "--port-file", port_file, "--log", self.log])
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.terminate)
        until = time.monotonic() + 10
        while not os.path.exists(port_file) and time.monotonic() < until:
            time.sleep(0.02)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())

    def logged(self):
        with open(self.log, encoding="latin-1") as file:
            return file.read().splitlines()

    def raw(self, request):
        with socket.create_connection(("127.0.0.1", self.port), 5) as peer:
            peer.sendall(request)
            answer = b""
            while piece := peer.recv(4096):
                answer += piece
        return answer.split(b"\r\n")[0]

    def test_a_tunnel_carries_tls_from_end_to_end(self):
        target = self.urls["vouch"].removeprefix("https://")
        context = ssl.create_default_context(cafile=self.urls["ca_file"])
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=5)
        connection.set_tunnel("127.0.0.1", int(target.rpartition(":")[2]))
        for _ in range(2):
            connection.request("GET", "/oauth/jwks")
            self.assertIn(b"keys", connection.getresponse().read())
        connection.close()
        [line] = self.logged()
        self.assertRegex(line, f"^CONNECT {target} HTTP/1")

    def test_an_absolute_url_is_fetched(self):
        url = self.urls["sts"] + "/?Action=GetCallerIdentity&Version=2011-06-15"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", url)
        self.assertEqual(connection.getresponse().status, 403)
        connection.close()
        connection.request("POST", self.urls["sts"] + "/", body=b"Action=Nonsense&Version=2011-06-15",
                           headers={"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        self.assertIn(b"InvalidAction", answer.read())
        connection.close()
        self.assertEqual(self.logged(), [f"GET {url} HTTP/1.1", f"POST {self.urls['sts']}/ HTTP/1.1"])

    def test_a_host_that_is_not_there(self):
        self.assertEqual(self.raw(b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n"), b"HTTP/1.1 502 Bad Gateway")
        self.assertEqual(self.raw(b"GET http://127.0.0.1:1/x HTTP/1.1\r\nHost: x\r\n\r\n"), b"HTTP/1.1 502 Bad Gateway")
        self.assertEqual(len(self.logged()), 2)

    def test_what_is_no_proxy_request(self):
        self.assertEqual(self.raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), b"HTTP/1.1 400 Bad Request")
        self.assertEqual(self.raw(b"nonsense\r\n"), b"")
        self.assertEqual(self.logged(), ["GET / HTTP/1.1"])

    def test_an_emptied_log_is_written_anew(self):
        self.raw(b"GET / HTTP/1.1\r\n\r\n")
        with open(self.log, "w", encoding="ascii"):
            pass
        self.raw(b"GET /again HTTP/1.1\r\n\r\n")
        self.assertEqual(self.logged(), ["GET /again HTTP/1.1"])

    def test_the_sandbox_is_reached_without_it_as_well(self):
        self.assertEqual(send(self.urls["vouch"] + "/oauth/jwks", ca_file=self.urls["ca_file"]).status, 200)
        self.assertEqual(self.logged(), [])


if __name__ == "__main__":
    unittest.main()
