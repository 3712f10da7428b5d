"""Selftest: what the sandbox's API server lets people do, by access policies and by RBAC; and its objects."""

import json
import unittest

from selftest_access import USER, AccessCase
from selftest_base import ROLE
from selftest_client import send

RBAC = "/apis/rbac.authorization.k8s.io/v1"
PODS = "/api/v1/namespaces/default/pods"
NAMES = {"clusterroles": "ClusterRole", "clusterrolebindings": "ClusterRoleBinding", "roles": "Role",
         "rolebindings": "RoleBinding"}


def pod(name="probe"):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": []}}


def role(kind, verbs=("get", "list"), resources=("pods",), name="probe"):
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name},
            "rules": [{"apiGroups": [""], "resources": list(resources), "verbs": list(verbs)}] if verbs else []}


def binding(kind, subject, of="probe", of_kind="ClusterRole", subject_kind="Group"):
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "probe"},
            "subjects": [{"kind": subject_kind, "name": subject, "apiGroup": "rbac.authorization.k8s.io"}],
            "roleRef": {"kind": of_kind, "name": of, "apiGroup": "rbac.authorization.k8s.io"}}


class RbacCase(AccessCase):
    """The developer by the API, and an administrator who has everything and leaves nothing behind."""

    settings = {"static_token": "administrator"}

    def tearDown(self):
        for path in (PODS, *(f"{RBAC}/{one}" for one in ("clusterroles", "clusterrolebindings")),
                     *(f"{RBAC}/namespaces/default/{one}" for one in ("roles", "rolebindings"))):
            self.admin("DELETE", f"{path}/probe")

    def send(self, token, method, path, body=None, media_type="application/json"):
        return send(self.urls["k8s"] + path, method, {"Authorization": f"Bearer {token}", "Content-Type": media_type},
                    json.dumps(body).encode() if body is not None else None, self.urls["ca_file"])

    def admin(self, method, path, body=None, **more):
        return self.send("administrator", method, path, body, **more)

    def developer(self, method, path, body=None):
        return self.send(self.credentials.eks_token(), method, path, body)

    def assert_refused(self, answer, status, reason, message=""):
        self.assertEqual((answer.status, answer.json["reason"]), (status, reason), answer.text)
        self.assertIn(message, answer.json["message"])


class OfAccessPolicies(RbacCase):
    def answers(self, policy):
        self.set_entry({"policy": policy})
        asks = {"pods": ("GET", PODS), "log": ("GET", f"{PODS}/web-5d4f8c7b9-x2x7k/log"),
                "secrets": ("GET", "/api/v1/secrets"), "nodes": ("GET", "/api/v1/nodes"),
                "roles": ("GET", f"{RBAC}/roles"), "create": ("POST", PODS, pod()),
                "delete": ("DELETE", f"{PODS}/probe"),
                "empty role": ("POST", f"{RBAC}/namespaces/default/roles", role("Role", ())),
                "bind": ("POST", f"{RBAC}/namespaces/default/rolebindings", binding("RoleBinding", "x", "view"))}
        allowed = {name for name, ask in asks.items() if self.developer(*ask).status < 400}
        self.tearDown()
        return allowed

    def test_each_of_the_five(self):
        seen = {"pods", "log"}
        changed = seen | {"secrets", "create", "delete"}
        for policy, wanted in (
                ("AmazonEKSViewPolicy", seen), ("AmazonEKSEditPolicy", changed),
                ("AmazonEKSAdminPolicy", changed | {"roles", "empty role"}),
                ("AmazonEKSAdminViewPolicy", seen | {"secrets", "nodes", "roles"}),
                ("AmazonEKSClusterAdminPolicy", changed | {"nodes", "roles", "empty role", "bind"})):
            with self.subTest(policy=policy):
                self.assertEqual(self.answers(policy), wanted)

    def test_what_a_policy_gives_cannot_be_granted_on(self):
        self.set_entry({"policy": "AmazonEKSAdminPolicy"})
        answer = self.developer("POST", f"{RBAC}/namespaces/default/rolebindings",
                                binding("RoleBinding", "friends", "view"))
        self.assert_refused(answer, 403, "Forbidden", "attempting to grant RBAC permissions not currently held")


class OfRolesAndBindings(RbacCase):
    def setUp(self):
        super().setUp()
        self.set_entry(groups=["viewers"])
        self.assertEqual(self.admin("POST", f"{RBAC}/clusterroles", role("ClusterRole")).status, 201)

    def bind(self, *subject, **more):
        kind = "ClusterRoleBinding"
        return self.admin("POST", f"{RBAC}/clusterrolebindings", binding(kind, *subject, **more))

    def test_groups_of_the_entry_and_the_user_are_subjects(self):
        for subject, kind, status in (("viewers", "Group", 200), (USER, "User", 200), ("viewers", "User", 403),
                                      (ROLE, "Group", 403), ("system:authenticated", "Group", 200)):
            with self.subTest(subject=subject, kind=kind):
                self.assertEqual(self.bind(subject, subject_kind=kind).status, 201)
                self.seen("/api/v1/pods", status)
                self.seen("/api/v1/secrets", 403)
                self.admin("DELETE", f"{RBAC}/clusterrolebindings/probe")
                self.seen("/api/v1/pods", 403)

    def test_a_binding_in_a_namespace_is_for_that_one(self):
        self.admin("POST", f"{RBAC}/namespaces/default/rolebindings", binding("RoleBinding", "viewers"))
        self.seen(PODS, 200)
        self.seen("/api/v1/namespaces/staging/pods", 403)
        self.seen("/api/v1/pods", 403)

    def test_a_binding_may_come_before_its_role(self):
        self.bind("viewers", of="later")
        self.seen(PODS, 403)
        self.admin("POST", f"{RBAC}/clusterroles", role("ClusterRole", name="later"))
        self.seen(PODS, 200)
        self.admin("DELETE", f"{RBAC}/clusterroles/later")

    def test_nobody_grants_more_than_they_have(self):
        self.admin("POST", f"{RBAC}/clusterroles", role("ClusterRole", ("*",), ("*",), "granter"))
        self.admin("PATCH", f"{RBAC}/clusterroles/granter", {"rules": [
            {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"], "verbs": ["create"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]},
            media_type="application/merge-patch+json")
        self.bind("viewers", of="granter")
        place = f"{RBAC}/namespaces/default"
        self.assert_refused(self.developer("POST", f"{place}/rolebindings", binding("RoleBinding", "x", "view")),
                            403, "Forbidden", "not currently held")
        self.assert_refused(self.developer("POST", f"{place}/roles", role("Role", ("delete",))), 403, "Forbidden")
        self.assertEqual(self.developer("POST", f"{place}/rolebindings", binding("RoleBinding", "x")).status, 201)
        self.assertEqual(self.developer("POST", f"{place}/roles", role("Role")).status, 201)
        self.admin("DELETE", f"{RBAC}/clusterroles/granter")

    def test_manifests_that_the_server_does_not_take(self):
        good = binding("ClusterRoleBinding", "viewers")
        place = f"{RBAC}/clusterrolebindings"
        for wrong, status in (({"subject": []}, 400), ({"metadata": {}}, 422), ({"kind": "RoleBinding"}, 400),
                              ({"roleRef": good["roleRef"] | {"kind": "Role"}}, 422),
                              ({"roleRef": good["roleRef"] | {"name": ""}}, 422),
                              ({"subjects": [{"kind": "Team", "name": "x"}]}, 422),
                              ({"subjects": [{"kind": "Group", "name": "x", "apiGroup": "v1"}]}, 422),
                              ({"subjects": [{"kind": "Group", "nam": "x"}]}, 400)):
            with self.subTest(wrong=wrong):
                self.assertEqual(self.admin("POST", place, good | wrong).status, status)
        self.assertEqual(self.admin("POST", place, good).status, 201)
        self.assert_refused(self.admin("POST", place, good), 409, "AlreadyExists")
        answer = self.admin("PATCH", f"{place}/probe", {"roleRef": {"name": "view"}},
                            media_type="application/strategic-merge-patch+json")
        self.assert_refused(answer, 422, "Invalid", "cannot change roleRef")


class Objects(RbacCase):
    def test_a_life_of_a_pod(self):
        made = self.admin("POST", PODS, pod()).json
        self.assertEqual((made["metadata"]["name"], made["metadata"]["namespace"]), ("probe", "default"))
        self.assertEqual(self.admin("GET", f"{PODS}/probe").json, made)
        patched = self.admin("PATCH", f"{PODS}/probe", {"metadata": {"labels": {"app": "probe"}}},
                             media_type="application/merge-patch+json").json
        self.assertEqual(patched["metadata"]["uid"], made["metadata"]["uid"])
        self.assertNotEqual(patched["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"])
        listed = self.admin("GET", f"{PODS}?labelSelector=app%3Dprobe").json["items"]
        self.assertEqual([one["metadata"]["name"] for one in listed], ["probe"])
        self.assertEqual(self.admin("DELETE", f"{PODS}/probe").json["status"], "Success")
        for method in ("GET", "DELETE"):
            self.assert_refused(self.admin(method, f"{PODS}/probe"), 404, "NotFound")

    def test_what_is_not_understood(self):
        self.assert_refused(self.admin("POST", PODS, pod(), media_type="application/vnd.kubernetes.protobuf"), 415,
                            "UnsupportedMediaType")
        self.assert_refused(self.admin("GET", f"{PODS}?watch=true"), 400, "BadRequest", "watch")
        self.assert_refused(self.admin("POST", "/api/v1/namespaces/staging/pods",
                                       pod() | {"metadata": {"name": "x", "namespace": "default"}}), 400, "BadRequest")
        self.assert_refused(self.admin("PUT", f"{PODS}/probe", pod()), 405, "MethodNotAllowed")
        for path in ("/api/v1/pods/probe", "/api/v1/namespaces/default/nodes", f"{PODS}/probe/exec", "/api/v1/podz"):
            self.assert_refused(self.admin("GET", path), 404, "NotFound")

    def test_logs_of_a_pod_that_is_there(self):
        self.assertIn("listens", self.admin("GET", f"{PODS}/web-5d4f8c7b9-x2x7k/log?container=web").text)
        self.assert_refused(self.admin("GET", f"{PODS}/nope/log"), 404, "NotFound")

    def test_openapi_says_that_fields_are_checked(self):
        root = self.admin("GET", "/openapi/v3").json["paths"]
        path = root[RBAC.lstrip("/")]["serverRelativeURL"]
        for name, operations in self.admin("GET", path).json["paths"].items():
            patch = operations["patch"]
            self.assertIn(patch["x-kubernetes-group-version-kind"]["kind"], NAMES[name.split("/")[-2]])
            self.assertEqual(patch["parameters"][0]["name"], "fieldValidation")


if __name__ == "__main__":
    unittest.main()
