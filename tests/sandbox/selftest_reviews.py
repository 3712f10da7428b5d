"""Selftest: what the sandbox's API server says of a person's rights, in both encodings that kubectl uses."""

import json
import unittest

import k8s_reviews
from selftest_access import AccessCase
from selftest_client import send

# What kubectl 1.32 sends for `auth can-i create secrets -n staging`.
PROTOBUF = (b"k8s\x00\n2\n\x17authorization.k8s.io/v1\x12\x17SelfSubjectAccessReview\x12B\n\x10\n\x00\x12\x00\x1a\x00\""
            b"\x00*\x002\x008\x00B\x00\x12$\n\"\n\x07staging\x12\x06create\x1a\x00\"\x00*\x07secrets2\x00:\x00\x1a\x08"
            b"\x08\x00\x12\x00\x1a\x00 \x00\x1a\x00\"\x00")


class AccessReviews(AccessCase):
    def send(self, body, media_type="application/json"):
        headers = {"Authorization": f"Bearer {self.credentials.eks_token()}", "Content-Type": media_type}
        return send(self.urls["k8s"] + k8s_reviews.PATH, "POST", headers, body, self.urls["ca_file"])

    def may(self, verb, resource, **more):
        attributes = {"verb": verb, "resource": resource} | more
        answer = self.send(json.dumps({"apiVersion": k8s_reviews.API_VERSION, "kind": k8s_reviews.KIND,
                                       "spec": {"resourceAttributes": attributes}}).encode())
        self.assertEqual(answer.status, 201, answer.text)
        return answer.json["status"]["allowed"]

    def test_by_the_policies_of_the_entry(self):
        self.set_entry({"policy": "AmazonEKSEditPolicy", "namespaces": ["staging"]})
        rbac = {"group": "rbac.authorization.k8s.io"}
        self.assertTrue(self.may("create", "secrets", namespace="staging"))
        self.assertFalse(self.may("create", "secrets", namespace="default"))
        self.assertFalse(self.may("create", "secrets"), "in all namespaces")
        self.assertFalse(self.may("create", "roles", namespace="staging", **rbac))
        self.assertTrue(self.may("get", "pods", namespace="staging", subresource="log"))
        self.set_entry({"policy": "AmazonEKSAdminPolicy"})
        self.assertTrue(self.may("create", "roles", namespace="staging", **rbac))
        self.assertFalse(self.may("create", "clusterroles", **rbac))

    def test_in_protobuf(self):
        for policy, allowed in (("AmazonEKSEditPolicy", True), ("AmazonEKSViewPolicy", False)):
            self.set_entry({"policy": policy})
            answer = self.send(PROTOBUF, "application/vnd.kubernetes.protobuf")
            self.assertEqual((answer.status, answer.json["status"]["allowed"]), (201, allowed), policy)
            self.assertEqual(answer.json["spec"]["resourceAttributes"],
                             {"namespace": "staging", "verb": "create", "resource": "secrets"})

    def test_what_is_no_review(self):
        good = {"apiVersion": k8s_reviews.API_VERSION, "kind": k8s_reviews.KIND,
                "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}
        unknown = {"resourceAttributes": {"verb": "get", "resource": "pods", "x": ""}}
        bad = [b"", b"[]", b"{}", json.dumps(good | {"kind": "Pod"}).encode(), json.dumps(good | {"spec": unknown}).encode()]
        for body in bad:
            self.assertEqual(self.send(body).status, 400, body)
        incomplete = json.dumps(good | {"spec": {"resourceAttributes": {"verb": "get"}}}).encode()
        self.assertEqual(self.send(incomplete).status, 422)
        for body in (b"", PROTOBUF[4:], PROTOBUF[:60], PROTOBUF.replace(b"AccessReview", b"AccessRevieu")):
            self.assertEqual(self.send(body, "application/vnd.kubernetes.protobuf").status, 400, body)
        self.assertEqual(self.send(PROTOBUF, "text/plain").status, 415)

    def test_nobody_asks_without_a_token(self):
        answer = send(self.urls["k8s"] + k8s_reviews.PATH, "POST", {"Content-Type": "application/json"}, b"{}",
                      self.urls["ca_file"])
        self.assertEqual(answer.status, 401)


if __name__ == "__main__":
    unittest.main()
