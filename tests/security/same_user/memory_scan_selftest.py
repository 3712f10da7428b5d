#!/usr/bin/python3
"""The scan of memory finds what is planted in a process, in each form and in pieces, and nothing in one where nothing is."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.realpath(__file__))
SCAN = os.path.join(HERE, "memory_scan.py")
PLANT = """
import sys
kept = bytes.fromhex(sys.argv[1])
place = bytearray(b"-" * 5 + kept + b"-" * 5)
kept = None
sys.argv[1:] = []
print("ready", flush=True)
sys.stdin.read()
"""
SECRET = base64.b64encode(os.urandom(30)).decode()


class Scan(unittest.TestCase):
    def scan(self, planted, kind="secret_access_key", secret=SECRET, *flags):
        """Exit code and output of the scan of a process that holds `planted`."""
        with tempfile.NamedTemporaryFile("w") as file:
            json.dump([{"kind": kind, "secret": secret}], file)
            file.flush()
            child = subprocess.Popen([sys.executable, "-c", PLANT, planted.hex()], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True)
            try:
                child.stdout.readline()
                done = subprocess.run([sys.executable, SCAN, str(child.pid), file.name, *flags], capture_output=True,
                                      text=True, check=False)
            finally:
                child.communicate("")
        if done.returncode == 77:
            self.skipTest(done.stderr)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def finds(self, planted, form, **secret):
        code, text = self.scan(planted, **secret)
        self.assertEqual(code, 1, text)
        self.assertIn(f"({form})", text)

    def test_finds_nothing_where_nothing_is(self):
        self.assertEqual(self.scan(b"nothing")[0], 0)
        self.assertEqual(self.scan(SECRET[:15].encode())[0], 0)

    def test_says_when_it_misses_what_must_be_there(self):
        code, text = self.scan(b"nothing", "secret_access_key", SECRET, "--must-find", "secret_access_key")
        self.assertEqual((code, "MISSING" in text), (1, True))

    def test_finds_the_text_and_each_piece_of_it(self):
        self.finds(SECRET.encode(), "text")
        for at, lead in ((0, 0), (7, 3), (24, 5)):
            self.finds(b"." * lead + SECRET[at:at + 16].encode(), "text")

    def test_finds_what_is_encoded_in_a_longer_text(self):
        for lead in range(3):
            text = b"." * lead + SECRET.encode() + b"tail"
            self.finds(base64.b64encode(text), "base64")
        self.finds(base64.urlsafe_b64encode(b"." + SECRET.encode()), "base64")
        quoted = urllib.parse.quote("+/" + SECRET, safe="").encode()
        self.assertEqual(self.scan(base64.urlsafe_b64encode(quoted))[0], 1)

    def test_finds_what_is_decoded_or_derived(self):
        self.finds(base64.b64decode(SECRET), "decoded")
        sys.path.insert(0, HERE)
        import memory_scan
        for key in list(memory_scan.signing_keys(SECRET))[::13]:
            self.finds(key, "signing key")

    def test_takes_the_signature_of_a_token_only(self):
        signature = base64.urlsafe_b64encode(os.urandom(64)).decode().rstrip("=")
        token = {"kind": "access_token", "secret": f"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZUBleGFtcGxlLmNvbSJ9.{signature}"}
        self.finds(signature.encode(), "text", **token)
        self.assertEqual(self.scan(b"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZUBleGFtcGxlLmNvbSJ9", **token)[0], 0)


if __name__ == "__main__":
    unittest.main()
