"""Selftest: what an administrator changes through the EKS API, and what EKS refuses."""

import json
import unittest
import urllib.parse

from selftest_access import PODS, POLICY, READER, AccessCase
from selftest_base import ROLE

ADMIN = ROLE.replace("Developer", "Admin")
ENTRIES = "/access-entries"
CLUSTER = {"type": "cluster"}


def quoted(text):
    return urllib.parse.quote(text, safe="")


class AdminCase(AccessCase):
    def setUp(self):
        super().setUp()
        self.set(authentication_mode="API", entries=[])
        self.admin = self.aws(role=ADMIN)

    def tearDown(self):
        self.control("/access-entries", {"reset": True})

    def ask(self, method, path, who=None, **body):
        url = f"{self.urls['eks']}{path if path.startswith('/access-policies') else '/clusters/demo' + path}"
        return (who or self.admin).call("eks", url, method, json.dumps(body).encode() if body else b"")

    def create(self, principal=ROLE, **more):
        return self.ask("POST", ENTRIES, principalArn=principal, **more)

    def associate(self, policy="AmazonEKSViewPolicy", scope=None, **more):
        return self.ask("POST", f"{ENTRIES}/{quoted(ROLE)}/access-policies", policyArn=POLICY + policy,
                        accessScope=CLUSTER if scope is None else scope, **more)


class AccessEntries(AdminCase):
    def test_a_life_of_an_entry(self):
        self.seen("/api", 401)
        entry = self.create(type="STANDARD", clientRequestToken="t").json["accessEntry"]
        self.assertEqual((entry["principalArn"], entry["kubernetesGroups"], entry["type"]), (ROLE, [], "STANDARD"))
        self.assertEqual(self.entry().json["accessEntry"], entry)
        self.seen(PODS.format("default"), 403)
        answer = self.ask("POST", f"{ENTRIES}/{quoted(ROLE)}", kubernetesGroups=["viewers"], username="ops")
        self.assertEqual((answer.json["accessEntry"]["kubernetesGroups"], answer.json["accessEntry"]["username"]),
                         (["viewers"], "ops"))
        self.assertEqual(self.ask("DELETE", f"{ENTRIES}/{quoted(ROLE)}").json, {})
        self.seen("/api", 401)
        self.refused(self.ask("DELETE", f"{ENTRIES}/{quoted(ROLE)}"), 404, "ResourceNotFoundException")

    def test_one_entry_for_a_principal(self):
        self.assertEqual(self.create().status, 200)
        self.assertIn("already in use", self.refused(self.create(), 409, "ResourceInUseException"))
        self.assertEqual(self.create(READER).status, 200)
        self.assertEqual(self.ask("GET", ENTRIES).json["accessEntries"], [ROLE, READER])

    def test_what_no_entry_can_be(self):
        for principal, more in ((ROLE.replace("Developer", "Nobody"), {}), ("nobody", {}), (ROLE, {"type": "ADMIN"}),
                                (ROLE, {"kubernetesGroups": ["system:masters"]}),
                                (ROLE, {"kubernetesGroups": ["eks:x"]}), (ROLE, {"kubernetesGroups": "viewers"}),
                                (ROLE, {"username": "aws:x"}), (ROLE, {"username": "x{{SessionName}}"}),
                                (ROLE, {"groups": ["viewers"]})):
            with self.subTest(principal=principal, more=more):
                self.refused(self.create(principal, **more), 400, "InvalidParameterException")
        self.assertEqual(self.ask("GET", ENTRIES).json["accessEntries"], [])
        self.assertEqual(self.create(kubernetesGroups=[ROLE], username="x:{{SessionName}}").status, 200)

    def test_who_may(self):
        for method, path, body, action in (
                ("POST", ENTRIES, {"principalArn": ROLE}, "CreateAccessEntry"),
                ("POST", f"{ENTRIES}/{quoted(ROLE)}", {"username": "x"}, "UpdateAccessEntry"),
                ("DELETE", f"{ENTRIES}/{quoted(ROLE)}", {}, "DeleteAccessEntry"),
                ("POST", f"{ENTRIES}/{quoted(ROLE)}/access-policies", {"policyArn": "x"}, "AssociateAccessPolicy"),
                ("DELETE", f"{ENTRIES}/{quoted(ROLE)}/access-policies/x", {}, "DisassociateAccessPolicy"),
                ("POST", "/update-config", {"accessConfig": {}}, "UpdateClusterConfig")):
            with self.subTest(action=action):
                answer = self.ask(method, path, self.credentials, **body)
                self.assertIn(f"eks:{action} on", self.refused(answer, 403, "AccessDeniedException"))
        self.set(denied_operations=["CreateAccessEntry"])
        self.refused(self.create(), 403, "AccessDeniedException")
        self.set(denied_operations=[])

    def test_the_body_is_signed(self):
        body = json.dumps({"principalArn": ROLE}).encode()
        answer = self.admin.call("eks", f"{self.urls['eks']}/clusters/demo{ENTRIES}", "POST", body, tamper="00")
        self.refused(answer, 403, "InvalidSignatureException")
        self.refused(self.admin.call("eks", f"{self.urls['eks']}/clusters/demo{ENTRIES}", "POST", b"{"), 400,
                     "SerializationException")


class Policies(AdminCase):
    def setUp(self):
        super().setUp()
        self.create()

    def test_the_list(self):
        listed = self.ask("GET", "/access-policies").json["accessPolicies"]
        self.assertEqual([one["name"] for one in listed], [
            "AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy", "AmazonEKSEditPolicy",
            "AmazonEKSViewPolicy"])
        self.assertEqual(listed[0]["arn"], POLICY + "AmazonEKSAdminPolicy")

    def test_associating_again_changes_the_scope(self):
        answer = self.associate(scope={"type": "namespace", "namespaces": ["default"]}).json
        self.assertEqual((answer["principalArn"], answer["associatedAccessPolicy"]["policyArn"]),
                         (ROLE, POLICY + "AmazonEKSViewPolicy"))
        self.seen(PODS.format("default"), 200)
        self.seen(PODS.format("staging"), 403)
        self.associate()
        self.seen(PODS.format("staging"), 200)
        listed = self.entry(more="/access-policies").json["associatedAccessPolicies"]
        self.assertEqual([one["accessScope"]["type"] for one in listed], ["cluster"])
        path = f"{ENTRIES}/{quoted(ROLE)}/access-policies/{quoted(POLICY + 'AmazonEKSViewPolicy')}"
        self.assertEqual(self.ask("DELETE", path).json, {})
        self.seen(PODS.format("staging"), 403)
        self.refused(self.ask("DELETE", path), 404, "ResourceNotFoundException")

    def test_scopes_that_are_none(self):
        for scope in ({"type": "namespace"}, {"type": "cluster", "namespaces": ["a"]}, {"type": "all"}, {},
                      {"type": "namespace", "namespaces": ["a"], "x": 1}, {"type": "namespace", "namespaces": [""]}):
            with self.subTest(scope=scope):
                self.refused(self.associate(scope=scope), 400, "InvalidParameterException")
        self.refused(self.associate("NoPolicy"), 400, "InvalidParameterException")
        for policy in ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminViewPolicy"):
            self.refused(self.associate(policy, {"type": "namespace", "namespaces": ["a"]}), 400,
                         "InvalidRequestException")

    def test_no_policy_without_an_entry(self):
        self.ask("DELETE", f"{ENTRIES}/{quoted(ROLE)}")
        self.refused(self.associate(), 404, "ResourceNotFoundException")


class AuthenticationMode(AdminCase):
    def update(self, mode):
        return self.ask("POST", "/update-config", accessConfig={"authenticationMode": mode})

    def test_only_towards_access_entries_and_step_by_step(self):
        self.set(authentication_mode="CONFIG_MAP")
        self.refused(self.create(), 400, "InvalidRequestException")
        for mode in ("API", "CONFIG_MAP", "NONE"):
            self.assertIn("Unsupported authentication mode update from CONFIG_MAP",
                          self.refused(self.update(mode), 400, "InvalidParameterException"))
        update = self.update("API_AND_CONFIG_MAP").json["update"]
        self.assertEqual((update["type"], update["params"]), ("AccessConfigUpdate", [
            {"type": "AuthenticationMode", "value": '"API_AND_CONFIG_MAP"'}]))
        self.assertEqual(self.ask("GET", f"/updates/{update['id']}").json["update"]["status"], "Successful")
        self.refused(self.ask("GET", "/updates/other"), 404, "ResourceNotFoundException")
        self.assertEqual(self.create().status, 200)
        self.assertEqual(self.update("API").status, 200)
        self.refused(self.update("API_AND_CONFIG_MAP"), 400, "InvalidParameterException")


if __name__ == "__main__":
    unittest.main()
