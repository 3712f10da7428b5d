"""What the selftest's cases share: a sandbox of their own in a temporary folder, a user with a security key, a client,
and the way from nothing to a pod.
"""

import json
import re
import shutil
import tempfile
import time
import unittest
import urllib.parse

from accounts import parse_user
from sandbox import Sandbox
from selftest_client import FORM, Aws, Client, SecurityKey, send
from world import Settings

ROLE = "arn:aws:iam::123456789012:role/VouchDeveloper"


class SandboxCase(unittest.TestCase):
    """One sandbox a class. Its clock is set right again before each test, and then stands: only the test moves it."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="vouch-sandbox-selftest-")
        cls.security_key = SecurityKey()
        cls.sandbox = Sandbox(Settings(cls.directory, **cls.settings),
                              [parse_user(cls.security_key.describe(), "vouch.test")])
        cls.urls = cls.sandbox.start()
        cls.clock = cls.sandbox.world.clock

    @classmethod
    def tearDownClass(cls):
        cls.sandbox.stop()
        shutil.rmtree(cls.directory)

    def setUp(self):
        now, self.clock.skew_seconds = int(time.time()), 0
        self.clock.now = lambda: now + self.clock.skew_seconds
        self.client = Client(self.urls["vouch"], self.clock.now, self.urls["ca_file"])
        self.client.register()

    def control(self, path, body=None):
        """GET without a body, POST with one."""
        if body is None:
            return send(self.urls["control"] + path).json
        return send(self.urls["control"] + path, "POST", {}, json.dumps(body).encode()).json

    def count(self, name):
        return self.control("/counts").get(name, 0)

    def true_reason(self):
        """The last line of the log."""
        with open(f"{self.directory}/sandbox.log", encoding="utf-8") as file:
            return file.read().splitlines()[-1]

    def access_token(self):
        return self.client.login(self.security_key).json["access_token"]

    def id_token(self, role=ROLE, access_token=None, **options):
        path = f"/v1/credentials/aws/token?role_arn={urllib.parse.quote(role, safe='')}"
        return self.client.resource(access_token or self.access_token(), path, **options).json["id_token"]

    def assume(self, id_token=None, method="POST", headers=(), **changes):
        """AssumeRoleWithWebIdentity; a change to None leaves that parameter out."""
        fields = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": ROLE,
                  "RoleSessionName": "alice@example.com", "WebIdentityToken": id_token} | changes
        text = urllib.parse.urlencode({name: value for name, value in fields.items() if value is not None})
        if method == "GET":
            return send(f"{self.urls['sts']}/?{text}")
        return send(self.urls["sts"] + "/", "POST", FORM | dict(headers), text.encode())

    def aws(self, answer=None, role=ROLE):
        answer = answer or self.assume(self.id_token(role), RoleArn=role)
        found = re.search("<AccessKeyId>(.*)</AccessKeyId><SecretAccessKey>(.*)</SecretAccessKey>"
                          "<SessionToken>(.*)</SessionToken>", answer.text)
        return Aws(*found.groups(), now=self.clock.now)

    def kubernetes(self, token, path="/api/v1/namespaces/default/pods", **headers):
        return send(self.urls["k8s"] + path, "GET", {"Authorization": f"Bearer {token}"} | headers,
                    ca_file=self.urls["ca_file"])

    def assert_oauth(self, answer, status, error):
        self.assertEqual((answer.status, answer.json.get("error")), (status, error), answer.text)

    def assert_aws(self, answer, status, code):
        found = re.search("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
                          "<Type>Sender</Type><Code>(.*)</Code><Message>(.+)</Message></Error><RequestId>", answer.text)
        self.assertEqual((answer.status, found and found[1]), (status, code), answer.text)

    def assert_reason(self, pattern):
        """What the developer is told about the last refusal."""
        self.assertRegex(self.true_reason(), pattern)
