"""Selftest: the whole way to a pod, and each check of the EKS authenticator and of the OIDC authenticator."""

import unittest

import jose_check
from selftest_base import ROLE, SandboxCase
from selftest_client import b64, claims_of, new_key, send

PODS = ["my-app-7c5ddbdf54-lq2vz", "web-5d4f8c7b9-x2x7k"]
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Pods(SandboxCase):
    def test_from_nothing_to_a_pod(self):
        answer = self.kubernetes(self.aws().eks_token())
        self.assertEqual((answer.status, answer.json["kind"]), (200, "PodList"), answer.text)
        self.assertEqual([item["metadata"]["name"] for item in answer.json["items"]], PODS)
        counts = self.control("/counts")
        for name in ("vouch.register", "vouch.challenge", "vouch.token.ok", "vouch.aws_token.ok",
                     "sts.AssumeRoleWithWebIdentity.ok", "k8s.pods.ok"):
            self.assertGreaterEqual(counts[name], 1, name)

    def test_as_a_table(self):
        table = self.kubernetes(self.aws().eks_token(), Accept=TABLE).json
        self.assertEqual(table["kind"], "Table")
        self.assertEqual([row["cells"][:3] for row in table["rows"]], [[name, "1/1", "Running"] for name in PODS])

    def test_other_paths(self):
        token = self.aws().eks_token()
        names = [item["metadata"]["name"] for item in self.kubernetes(token, "/api/v1/namespaces").json["items"]]
        self.assertEqual(names, ["default", "kube-system", "staging"])
        self.assertEqual(self.kubernetes(token, "/api/v1/namespaces/default/pods/nope").status, 404)
        self.assertEqual(self.kubernetes(token, "/apis/batch/v1").json["reason"], "NotFound")
        self.assertEqual(send(self.urls["k8s"] + "/version", ca_file=self.urls["ca_file"]).json["major"], "1")

    def test_who_am_i(self):
        answer = send(self.urls["k8s"] + "/apis/authentication.k8s.io/v1/selfsubjectreviews", "POST",
                      {"Authorization": f"Bearer {self.aws().eks_token()}"}, b"{}", self.urls["ca_file"])
        self.assertEqual(answer.json["status"]["userInfo"]["username"],
                         "arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice-example.com")


class Authenticator(SandboxCase):
    def setUp(self):
        super().setUp()
        self.credentials = self.aws()

    def _token_with(self, length):
        self.credentials.token = "x" * length
        return self.credentials.eks_token()

    def refused(self, reason, token=None, **wrong):
        answer = self.kubernetes(token or self.credentials.eks_token(**wrong))
        self.assertEqual((answer.status, answer.json["kind"], answer.json["reason"]), (401, "Status", "Unauthorized"))
        self.assert_reason(reason)

    def test_hosts(self):
        self.assertEqual(self.kubernetes(self.credentials.eks_token("sts.amazonaws.com")).status, 200)
        self.assertEqual(self.kubernetes(self.credentials.eks_token("sts-fips.us-east-1.api.aws")).status, 200)
        for host in ("127.0.0.1:8000", "sts.us-east-1.amazonaws.com.evil.test", "evil.sts.us-east-1.amazonaws.com",
                     "sts.us-east-1.amazonaws.com:443", "iam.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn"):
            with self.subTest(host=host):
                self.refused("not an STS endpoint", host=host)
        self.refused("scope has region", host="sts.eu-west-1.amazonaws.com")

    def test_length(self):
        self.credentials.token = "x" * next(
            length for length in range(2000, 4000) if len(self._token_with(length + 1)) > 4096)
        self.refused("InvalidClientTokenId")  # of 4096 bytes at most: looked at
        self.credentials.token += "x"
        self.refused("longer than 4096")

    def test_form(self):
        url = self.credentials.presign("sts.us-east-1.amazonaws.com")
        self.refused("without padding", "k8s-aws-v1." + b64(url.encode()) + "=")
        self.refused("without padding", "k8s-aws-v1.")
        self.refused("scheme", scheme="http")
        self.refused("path", path="/x")
        self.refused("repeated", "k8s-aws-v1." + b64((url + "&action=GetCallerIdentity").encode()))
        self.refused("not allowed", Foo="bar")

    def test_parameters(self):
        self.refused("action", Action="AssumeRole")
        self.refused("not a signed header", header="")
        self.refused("not a signed header", header="x-other")
        for expires in ("901", "-1", "x", None):
            with self.subTest(expires=expires):
                self.refused("x-amz-expires", **{"X-Amz-Expires": expires})
        self.refused("X-Amz-Date is", **{"X-Amz-Date": "yesterday"})

    def test_time(self):
        self.assertEqual(self.kubernetes(self.credentials.eks_token(shift=-890)).status, 200)
        self.refused("token is expired", shift=-901)
        self.refused("SignatureDoesNotMatch", shift=400)

    def test_what_sts_says(self):
        self.refused("SignatureDoesNotMatch", cluster="other")
        token = self.credentials.eks_token()
        self.clock.skew_seconds = 600
        self.assertEqual(self.kubernetes(token).status, 200)
        self.clock.skew_seconds = 3601
        self.refused("ExpiredToken")
        self.clock.skew_seconds = 0
        self.credentials.key = "ASIA" + "B" * 16
        self.refused("InvalidClientTokenId")

    def test_role_without_access_entry(self):
        self.credentials = self.aws(role=ROLE.replace("Developer", "Auditor"))
        self.refused("no access entry")

    def test_other_schemes_and_methods(self):
        token = self.credentials.eks_token()
        answer = self.kubernetes("", Authorization=f"Basic {token}")
        self.assertEqual(answer.status, 401)
        pods = self.urls["k8s"] + "/api/v1/namespaces/default/pods"
        answer = send(pods, "DELETE", {"Authorization": f"Bearer {token}"}, ca_file=self.urls["ca_file"])
        self.assertEqual((answer.status, answer.json["reason"]), (405, "MethodNotAllowed"))

    def test_no_token_and_static_token(self):
        self.assertEqual(send(self.urls["k8s"] + "/api", ca_file=self.urls["ca_file"]).status, 401)
        self.refused("three parts", "static")


class StaticToken(SandboxCase):
    settings = {"static_token": "benchmark"}

    def test_is_taken_when_it_was_asked_for(self):
        self.assertEqual(self.kubernetes("benchmark").status, 200)
        self.assertEqual(self.kubernetes("benchmarl").status, 401)


class Oidc(SandboxCase):
    def setUp(self):
        super().setUp()
        self.session = self.access_token()
        nonce = self.client.challenge().headers["DPoP-Nonce"]
        self.token = self.client.exchange(self.session, nonce).json["access_token"]

    def refused(self, token, reason):
        self.assertEqual(self.kubernetes(token).status, 401)
        self.assert_reason(reason)

    def test_an_exchanged_token(self):
        self.assertEqual(self.kubernetes(self.token).status, 200)

    def test_tokens_that_are_wrong(self):
        self.refused(self.session, "not an ID token")
        self.refused(self.id_token(access_token=self.session), "not an ID token")
        tokens = self.sandbox.servers["vouch"].service.tokens
        header, claims = {"typ": "JWT", "kid": tokens._es_kid}, claims_of(self.token)
        self.refused(jose_check.sign_es256(new_key(), header, claims), "does not verify")
        self.refused(jose_check.sign_es256(tokens._es_key, header, claims | {"aud": "other"}), "is not ours")
        self.refused(jose_check.sign_es256(tokens._es_key, header, claims | {"iss": "https://e.test"}), "is not ours")
        self.clock.skew_seconds = 601
        self.refused(self.token, "expired")


if __name__ == "__main__":
    unittest.main()
