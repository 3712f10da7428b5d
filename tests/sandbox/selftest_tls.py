"""Selftest: the Vouch server over https, and the certificates that nobody may take."""

import ssl
import tempfile
import unittest
import warnings

import tls
from selftest_base import SandboxCase
from selftest_client import send


class OverTls(SandboxCase):
    settings = {"tls": True, "vouch_host": "localhost"}

    def test_the_whole_way_by_the_canonical_name(self):
        self.assertRegex(self.urls["vouch"], "^https://localhost:[0-9]+$")
        self.assertEqual(self.client.resource(self.access_token(), "/v1/credentials/aws/token").status, 200)
        answer = self.assume(self.id_token())
        self.assertEqual(answer.status, 200, answer.text)
        discovery = send(self.urls["vouch"] + "/.well-known/openid-configuration", ca_file=self.urls["ca_file"]).json
        self.assertTrue(all(url.startswith(self.urls["vouch"]) for name, url in discovery.items()
                            if name.endswith("endpoint")))

    def test_the_other_name_is_certified_too(self):
        url = self.urls["vouch"].replace("localhost", "127.0.0.1") + "/oauth/jwks"
        self.assertEqual(send(url, ca_file=self.urls["ca_file"]).status, 200)

    def test_a_client_without_the_ca_refuses(self):
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "local issuer"):
            send(self.urls["vouch"] + "/oauth/jwks")

    def test_other_ports_are_as_ever(self):
        self.assertRegex(self.urls["sts"], "^http:")
        self.assertEqual(send(self.urls["k8s"] + "/healthz", ca_file=self.urls["ca_file"]).body, b"ok")


class BadCertificates(unittest.TestCase):
    def handshake(self, kind, adjust=lambda context: None):
        """The TLS version that a careful client ends up with; it raises what that one says."""
        with tempfile.TemporaryDirectory() as directory:
            server = tls.Authority(directory).make_context("vouch", kind)
            client = ssl.create_default_context(cafile=f"{directory}/ca.crt")
        client.minimum_version = ssl.TLSVersion.TLSv1_2
        adjust(client)
        ends = [ssl.MemoryBIO() for _ in range(2)]
        sides = [(client.wrap_bio(ends[0], ends[1], server_hostname="127.0.0.1")),
                 (server.wrap_bio(ends[1], ends[0], server_side=True))]
        for _ in range(4):
            for side in sides:
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    pass
        return sides[0].version()

    def test_good(self):
        self.assertIn(self.handshake("good"), ("TLSv1.2", "TLSv1.3"))

    def test_each_is_bad_in_its_own_way(self):
        for kind, reason in (("expired", "certificate has expired"), ("wrong-host", "IP address mismatch"),
                             ("self-signed", "self.signed certificate")):
            with self.subTest(kind=kind), self.assertRaisesRegex(ssl.SSLCertVerificationError, reason):
                self.handshake(kind)

    def test_tls11_is_too_old_but_works_for_who_takes_it(self):
        with self.assertRaisesRegex(ssl.SSLError, "(?i)protocol|version"):
            self.handshake("tls11")

        def lax(context):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")

        self.assertEqual(self.handshake("tls11", lax), "TLSv1.1")


class ServedWithABadCertificate(SandboxCase):
    settings = {"tls": True, "tls_cert": "expired"}

    def setUp(self):
        self.clock.skew_seconds = 0  # no client: none could register

    def test_nothing_is_served_to_who_looks(self):
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "expired"):
            send(self.urls["vouch"] + "/oauth/jwks", ca_file=self.urls["ca_file"])
        self.assertEqual(self.control("/counts"), {})


if __name__ == "__main__":
    unittest.main()
