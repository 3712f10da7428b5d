"""Selftest: device posture in `authorization_details`."""

import json
import unittest

from selftest_base import SandboxCase

GOOD = {"type": "device_posture", "posture_version": 1, "os": "linux", "os_version": "12 Bookworm", "arch": "x86_64",
        "disk_encryption_enabled": True, "screen_lock_idle_timeout_secs": 300, "edr": ["crowdstrike"], "mdm": [],
        "uptime_secs": 12, "elevated": False, "tty": True, "cli_version": "1.0",
        "collected_at": "2026-09-01T10:00:00Z"}


class PostureCase(SandboxCase):
    def login(self, details):
        text = details if isinstance(details, str) else json.dumps(details)
        return self.client.login(self.security_key, fields={"authorization_details": text})

    def malformed(self, details):
        self.assert_oauth(self.login(details), 400, "invalid_authorization_details")


class Posture(PostureCase):
    def test_the_last_one_can_be_seen(self):
        self.assertEqual(self.login([{"type": "other"}, GOOD]).status, 200)
        self.assertEqual(self.control("/posture"), {"last": GOOD})
        self.assertEqual(self.client.login(self.security_key).status, 200)
        self.assertEqual(self.control("/posture"), {"last": None})

    def test_arrays_that_are_wrong(self):
        for details in ("{", "7", "{}", [7], [{}], [{"type": 7}], [GOOD, GOOD], "[" * 20000):
            with self.subTest(details=str(details)[:40]):
                self.malformed(details)

    def test_members_that_are_wrong(self):
        for change in ({"colour": "red"}, {"posture_version": 2}, {"posture_version": "1"}, {"posture_version": True},
                       {"os": 7}, {"os": ""}, {"os": "Linux"}, {"os_version": None},
                       {"disk_encryption_enabled": "true"}, {"tpm_present": 1}, {"uptime_secs": "12"},
                       {"uptime_secs": -1}, {"uptime_secs": 1.5},
                       {"elevated": None}, {"edr": "crowdstrike"}, {"edr": [7]}, {"mdm": ["Jamf"]}, {"tty": "pts/0"},
                       {"collected_at": 1790000000}, {"collected_at": "yesterday"},
                       {"collected_at": "2026-09-01T10:00:00"}):
            with self.subTest(change=change):
                self.malformed([GOOD | change])

    def test_a_refused_one_is_not_remembered(self):
        self.login([GOOD])
        self.malformed([GOOD | {"os": "BeOS"}])
        self.assertEqual(self.control("/posture"), {"last": GOOD})


class Required(PostureCase):
    settings = {"posture": "required"}

    def test_a_login_without_is_refused_with_a_remedy(self):
        for answer in (self.client.login(self.security_key), self.login([]), self.login([{"type": "other"}])):
            self.assert_oauth(answer, 400, "access_denied")
            self.assertRegex(answer.json["error_description"], "^Device posture check failed: .* To fix this, ")

    def test_a_login_with_one_is_good(self):
        self.assertEqual(self.login([GOOD]).status, 200)

    def test_nobody_learns_the_policy_without_a_key(self):
        self.assert_oauth(self.client.login(self.security_key, flags=0x01), 400, "invalid_grant")


if __name__ == "__main__":
    unittest.main()
