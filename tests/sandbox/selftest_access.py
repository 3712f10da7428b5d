"""Selftest: access entries of the EKS API, and what the cluster makes of them."""

import unittest
import urllib.parse

from selftest_base import ROLE, SandboxCase
from selftest_client import send

READER = ROLE.replace("Developer", "Reader")
AUDITOR = ROLE.replace("Developer", "Auditor")
SESSION = "arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com"
USER = SESSION.replace("@", "-")  # as {{SessionName}} in an access entry has it
PODS = "/api/v1/namespaces/{}/pods"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"


class AccessCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.control("/access-entries", {"reset": True})
        self.credentials = self.aws()

    def set(self, **body):
        self.assertEqual(self.control("/access-entries", body), {"ok": True})

    def set_entry(self, *policies, **more):
        self.set(entries=[{"principal_arn": ROLE, "policies": list(policies)} | more])

    def call(self, path, **options):
        return self.credentials.call("eks", f"{self.urls['eks']}/clusters/demo{path}", **options)

    def entry(self, principal=ROLE, more=""):
        return self.call(f"/access-entries/{urllib.parse.quote(principal, safe='')}{more}")

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.headers["x-amzn-ErrorType"]), (status, code), answer.text)
        return answer.json["message"]

    def seen(self, path, status):
        answer = self.kubernetes(self.credentials.eks_token(), path)
        self.assertEqual((path, answer.status), (path, status), answer.text)
        return answer.json


class AccessEntriesApi(AccessCase):
    def test_as_at_the_start(self):
        self.assertEqual(self.call("/access-entries").json, {"accessEntries": [
            ROLE, READER, "arn:aws:iam::210987654321:role/VouchMember"], "nextToken": None})
        entry = self.entry().json["accessEntry"]
        self.assertEqual((entry["clusterName"], entry["principalArn"], entry["type"]), ("demo", ROLE, "STANDARD"))
        self.assertEqual(entry["username"], SESSION.replace("alice@example.com", "{{SessionName}}"))
        listed = self.entry(more="/access-policies").json
        self.assertEqual((listed["clusterName"], listed["principalArn"]), ("demo", ROLE))
        self.assertEqual([(one["policyArn"], one["accessScope"]) for one in listed["associatedAccessPolicies"]],
                         [(POLICY + "AmazonEKSClusterAdminPolicy", {"type": "cluster", "namespaces": []})])
        self.assertEqual(self.count("eks.ListAssociatedAccessPolicies.ok"), 1)

    def test_entries_that_were_set(self):
        role = "arn:aws:iam::123456789012:role/team/Ops"
        self.set(entries=[{"principal_arn": role, "username": "ops", "groups": ["viewers"], "policies": [
            {"policy": "AmazonEKSEditPolicy", "namespaces": ["default", "dev-*"]}]}])
        entry = self.entry(role).json["accessEntry"]
        self.assertEqual((entry["username"], entry["kubernetesGroups"]), ("ops", ["viewers"]))
        policies = self.entry(role, "/access-policies").json["associatedAccessPolicies"]
        self.assertEqual(policies[0]["accessScope"], {"type": "namespace", "namespaces": ["default", "dev-*"]})
        for principal in (ROLE, role.replace("team/", ""), "nothing"):
            for more in ("", "/access-policies"):
                message = self.refused(self.entry(principal, more), 404, "ResourceNotFoundException")
                self.assertIn("principalArn could not be found", message)

    def test_a_slash_in_the_path_must_be_encoded(self):
        self.refused(self.call(f"/access-entries/{ROLE}"), 404, "UnknownOperationException")
        self.refused(self.credentials.call("eks", f"{self.urls['eks']}/clusters/other/access-entries"), 404,
                     "ResourceNotFoundException")

    def test_what_the_role_may_call(self):
        self.set(denied_operations=["DescribeAccessEntry", "ListAssociatedAccessPolicies"])
        for answer, operation in ((self.entry(), "DescribeAccessEntry"),
                                  (self.entry(more="/access-policies"), "ListAssociatedAccessPolicies")):
            self.assertEqual(self.refused(answer, 403, "AccessDeniedException"),
                             f"User: {SESSION} is not authorized to perform: eks:{operation} on resource: "
                             "arn:aws:eks:us-east-1:123456789012:cluster/demo")
        self.assertEqual(self.call("").status, 200)
        self.credentials = self.aws(self.assume(self.id_token(), Policy='{"Statement": {"Effect": "Allow", "Action": '
                                                                        '"eks:List*", "Resource": "*"}}'))
        self.refused(self.call(""), 403, "AccessDeniedException")
        self.assertEqual(self.call("/access-entries").status, 200)

    def test_modes(self):
        self.set(authentication_mode="API_AND_CONFIG_MAP")
        self.assertEqual(self.call("").json["cluster"]["accessConfig"], {"authenticationMode": "API_AND_CONFIG_MAP"})
        self.assertEqual(self.entry().status, 200)
        self.set(authentication_mode="CONFIG_MAP")
        for answer in (self.entry(), self.call("/access-entries"), self.entry(more="/access-policies")):
            self.assertIn("authentication mode must be", self.refused(answer, 400, "InvalidRequestException"))

    def test_a_cluster_that_is_not_there_yet(self):
        self.set(status="CREATING")
        cluster = self.call("").json["cluster"]
        self.assertEqual((cluster["status"], cluster["certificateAuthority"]), ("CREATING", {}))
        self.assertNotIn("endpoint", cluster)

    def test_bad_orders_change_nothing(self):
        for body in ({"entries": [{"principal_arn": "nobody"}]}, {"authentication_mode": "NONE"}, {"status": "GONE"},
                     {"entries": [{"principal_arn": ROLE, "policies": [{"policy": "Admin"}]}]}, {"entry": []},
                     {"denied_operations": ["DeleteCluster"]}, {"status": "CREATING", "role_bindings": [{}]},
                     {"entries": [{"principal_arn": ROLE, "policies": [{"policy": "AmazonEKSViewPolicy",
                                                                        "namespaces": "default"}]}]}):
            with self.subTest(body=body):
                self.assertIn("error", self.control("/access-entries", body))
        self.assertEqual(self.call("").json["cluster"]["status"], "ACTIVE")
        self.assertEqual(self.entry().status, 200)


class Paging(AccessCase):
    settings = {"page_size": 1}

    def test_one_at_a_time(self):
        self.set_entry({"policy": "AmazonEKSViewPolicy"}, {"policy": "AmazonEKSEditPolicy", "namespaces": ["default"]})
        path = f"/access-entries/{urllib.parse.quote(ROLE, safe='')}/access-policies"
        first = self.call(path).json
        self.assertEqual(len(first["associatedAccessPolicies"]), 1)
        self.assertRegex(first["nextToken"], "[/+=]")
        second = self.call(f"{path}?nextToken={urllib.parse.quote(first['nextToken'], safe='')}").json
        self.assertEqual(second["associatedAccessPolicies"][0]["policyArn"], POLICY + "AmazonEKSEditPolicy")
        self.assertIsNone(second["nextToken"])

    def test_tokens_and_sizes_that_are_wrong(self):
        other = urllib.parse.quote(self.call("/access-entries").json["nextToken"], safe="")
        for query in ("nextToken=x", f"nextToken={other}", "maxResults=0", "maxResults=101", "maxResults=x", "page=1"):
            with self.subTest(query=query):
                path = f"/access-entries/{urllib.parse.quote(ROLE, safe='')}/access-policies?{query}"
                self.refused(self.call(path), 400, "InvalidParameterException")


class Authorization(AccessCase):
    def test_as_at_the_start_everything(self):
        for path in (PODS.format("default"), "/api/v1/pods", "/api/v1/namespaces", PODS.format("kube-system")):
            self.seen(path, 200)

    def test_without_entry(self):
        self.set(entries=[])
        self.assertEqual(self.seen("/api", 401)["reason"], "Unauthorized")
        self.assert_reason("no access entry")

    def test_an_entry_lets_in_whom_it_names(self):
        self.set(entries=[{"principal_arn": AUDITOR, "policies": [{"policy": "AmazonEKSViewPolicy"}]}])
        self.credentials = self.aws(role=AUDITOR)
        self.seen(PODS.format("default"), 200)

    def test_a_path_in_the_principal_is_no_part_of_the_session(self):
        self.set(entries=[{"principal_arn": ROLE.replace("role/", "role/team/"),
                           "policies": [{"policy": "AmazonEKSViewPolicy"}]}])
        self.seen(PODS.format("default"), 200)

    def test_without_policy(self):
        self.set_entry()
        self.seen("/api", 200)
        answer = self.seen(PODS.format("default"), 403)
        self.assertEqual((answer["reason"], answer["message"]), (
            "Forbidden", f'pods is forbidden: User "{USER}" cannot list resource "pods" in API group "" in the '
                         'namespace "default"'))

    def test_of_some_namespaces(self):
        self.set_entry({"policy": "AmazonEKSEditPolicy", "namespaces": ["default", "dev-*"]})
        self.seen(PODS.format("default"), 200)
        self.seen(PODS.format("dev-7"), 200)
        self.seen("/api/v1/namespaces/default", 200)
        self.seen(PODS.format("kube-system"), 403)
        self.assertIn("at the cluster scope", self.seen("/api/v1/pods", 403)["message"])
        self.seen("/api/v1/namespaces", 403)
        self.seen("/api/v1/namespaces/kube-system", 403)

    def test_several_policies_add_up(self):
        self.set_entry({"policy": "AmazonEKSEditPolicy", "namespaces": ["default"]}, {"policy": "AmazonEKSViewPolicy"})
        self.seen("/api/v1/namespaces", 200)

    def test_custom_rbac(self):
        self.set_entry(groups=["viewers"])
        self.set(role_bindings=[{"subject": "viewers", "namespaces": ["default"]}])
        self.seen(PODS.format("default"), 200)
        self.seen(PODS.format("kube-system"), 403)
        self.set(role_bindings=[{"subject": ROLE}])
        self.seen(PODS.format("default"), 403)
        self.set(role_bindings=[{"subject": USER}])
        self.seen("/api/v1/namespaces", 200)

    def test_the_config_map(self):
        self.set_entry({"policy": "AmazonEKSViewPolicy", "namespaces": ["default"]})
        self.set(authentication_mode="CONFIG_MAP")
        self.seen("/api", 401)
        self.set(config_map_roles=[ROLE])
        self.seen("/api/v1/namespaces", 200)
        self.set(authentication_mode="API_AND_CONFIG_MAP")
        self.seen("/api/v1/namespaces", 403)
        self.set(entries=[])
        self.seen("/api/v1/namespaces", 200)
        self.set(authentication_mode="API")
        self.seen("/api", 401)

    def test_who_am_i(self):
        self.set_entry(username="ops:{{SessionName}}:{{SessionNameRaw}}", groups=["viewers"])
        answer = send(self.urls["k8s"] + "/apis/authentication.k8s.io/v1/selfsubjectreviews", "POST",
                      {"Authorization": f"Bearer {self.credentials.eks_token()}"}, b"{}", self.urls["ca_file"])
        self.assertEqual(answer.json["status"]["userInfo"],
                         {"username": "ops:alice-example.com:alice@example.com",
                          "groups": ["viewers", "system:authenticated"]})


class OnAnOutpost(AccessCase):
    settings = {"cluster_id": "6f1c2a3e-1111-4222-8333-444455556666"}

    def test_tokens_are_for_the_id(self):
        cluster = self.call("").json["cluster"]
        self.assertEqual((cluster["name"], cluster["id"]), ("demo", self.settings["cluster_id"]))
        self.assertIn("outpostConfig", cluster)
        self.assertEqual(self.urls["cluster_id"], self.settings["cluster_id"])
        token = self.credentials.eks_token(cluster=self.settings["cluster_id"])
        self.assertEqual(self.kubernetes(token).status, 200)
        self.seen(PODS.format("default"), 401)
        self.assert_reason("SignatureDoesNotMatch")


if __name__ == "__main__":
    unittest.main()
