"""Selftest: STS (web identity, SigV4 in both forms) and EKS."""

import base64
import re
import unittest

import jose_check
from selftest_base import ROLE, SandboxCase
from selftest_client import FORM, claims_of, new_key, send

IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"
ASSUMED = "arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com"


class WebIdentity(SandboxCase):
    def setUp(self):
        super().setUp()
        self.token = self.id_token()

    def refused(self, status, code, reason, token=None, headers=(), **changes):
        self.assert_aws(self.assume(token or self.token, headers=headers, **changes), status, code)
        self.assert_reason(reason)

    def resigned(self, **changes):
        """The token with other claims, signed by the server's own key: only the claim is wrong."""
        tokens = self.sandbox.servers["vouch"].service.tokens
        header = {"typ": "JWT", "kid": tokens._rsa_kid}
        return jose_check.sign_rs256(tokens._rsa_key, header, claims_of(self.token) | changes)

    def test_gives_credentials(self):
        answer = self.assume(self.token)
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/xml"), answer.text)
        self.assertRegex(answer.text, "^<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/"
                                      "2011-06-15/\"><AssumeRoleWithWebIdentityResult>")
        self.assertRegex(answer.text, "<AccessKeyId>ASIA[A-Z2-7]{16}</AccessKeyId>")
        self.assertRegex(answer.text, f"<Arn>{ASSUMED}</Arn>")
        self.assertRegex(answer.text, r"<Expiration>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ</Expiration>")
        self.assertEqual(len(re.search("<SessionToken>(.*)</SessionToken>", answer.text)[1]), 1000)
        self.assertRegex(answer.text, "<SourceIdentity>alice@example.com</SourceIdentity>")

    def test_by_get(self):
        self.assertEqual(self.assume(self.token, method="GET").status, 200)

    def test_the_calls_can_be_looked_at(self):
        self.assume(self.token, **{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
        call = self.control("/assumed")[-1]
        self.assertEqual((call["role_arn"], call["policy_arns"]), (ROLE, ["arn:aws:iam::aws:policy/ReadOnlyAccess"]))

    def test_all_that_is_secret_can_be_looked_at(self):
        answer = self.assume(self.token)
        issued = [(entry["kind"], entry["secret"]) for entry in self.control("/issued")]
        for kind, element in (("secret_access_key", "SecretAccessKey"), ("session_token", "SessionToken")):
            self.assertIn((kind, re.search(f"<{element}>(.*)</{element}>", answer.text)[1]), issued)
        self.assertIn(("aws_id_token", self.token), issued)

    def test_tokens_that_are_wrong(self):
        self.refused(400, "InvalidIdentityToken", "three parts", "garbage")
        self.refused(400, "InvalidIdentityToken", "does not verify", self.token[:-8] + "AAAAAAAA")
        self.refused(400, "InvalidIdentityToken", "issuer", self.resigned(iss="https://evil.test"))
        self.refused(400, "InvalidIdentityToken", "aud is", self.resigned(aud="kubernetes"))
        self.refused(400, "InvalidIdentityToken", "exp is not an integer", self.resigned(exp=1.5))
        self.refused(400, "InvalidIdentityToken", "kid",
                     jose_check.sign_es256(new_key(), {"kid": "x"}, claims_of(self.token)))
        self.refused(400, "ExpiredTokenException", "expired", self.resigned(exp=int(self.clock.now()) - 1))
        self.refused(400, "InvalidIdentityToken", "in the future", self.resigned(iat=int(self.clock.now()) + 310))

    def test_an_access_token_is_no_id_token(self):
        self.refused(403, "AccessDenied", "no https://aws.amazon.com/roles", self.access_token())

    def test_another_role_than_pinned(self):
        self.refused(400, "InvalidIdentityToken", "pinned to", RoleArn=ROLE.replace("Developer", "Reader"))

    def test_the_trust_policy(self):
        unpinned = {name: value for name, value in claims_of(self.token).items() if not name.endswith("/roles")}
        tokens = self.sandbox.servers["vouch"].service.tokens
        token = jose_check.sign_rs256(tokens._rsa_key, {"kid": tokens._rsa_kid}, unpinned)
        self.refused(403, "AccessDenied", "no https://aws.amazon.com/roles claim", token)
        for role in (ROLE.replace("VouchDeveloper", "Forbidden"), ROLE.replace("123456789012", "999999999999")):
            with self.subTest(role=role):
                self.refused(403, "AccessDenied", "does not trust", self.id_token(role), RoleArn=role)
        self.refused(403, "AccessDenied", "not the token's sub", RoleSessionName="bob@example.com")

    def test_the_words_of_access_denied(self):
        answer = self.assume(self.token, RoleSessionName="bob@example.com")
        self.assertIn("<Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>", answer.text)

    def test_load_roles_are_trusted(self):
        role = ROLE.replace("VouchDeveloper", "Load-17")
        self.assertEqual(self.assume(self.id_token(role), RoleArn=role).status, 200)

    def test_parameters_that_are_wrong(self):
        for changes in ({"RoleArn": None}, {"RoleArn": "x" * 30}, {"RoleArn": "short"}, {"RoleSessionName": None},
                        {"RoleSessionName": "a"}, {"RoleSessionName": "a" * 65}, {"RoleSessionName": "a b"},
                        {"WebIdentityToken": None}, {"WebIdentityToken": "x" * 20001}, {"DurationSeconds": "899"},
                        {"DurationSeconds": "43201"}, {"Tags.member.1.Key": "a"}, {"SourceIdentity": "alice"},
                        {"TransitiveTagKeys.member.1": "a"}, {"PolicyArns.member.1.arn": "ReadOnlyAccess"},
                        {"PolicyArns.member.1.arn": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"},
                        {f"PolicyArns.member.{number}.arn": "arn:aws:iam::aws:policy/A" for number in range(1, 12)},
                        {"Policy": "x" * 2049}):
            with self.subTest(changes={name: (value or "")[:20] for name, value in changes.items()}):
                self.assert_aws(self.assume(self.token, **changes), 400, "ValidationError")
        self.assert_aws(self.assume(self.token, Policy="{}"), 400, "MalformedPolicyDocument")
        self.assert_aws(self.assume(self.token, Version="2010-01-01"), 400, "InvalidAction")
        self.assert_aws(self.assume(self.token, Action="AssumeEverything"), 400, "InvalidAction")
        self.assert_aws(self.assume(self.token, Action=None), 400, "MissingAction")

    def test_duration(self):
        reader = ROLE.replace("Developer", "Reader")
        self.refused(400, "ValidationError", "MaxSessionDuration", self.id_token(reader), RoleArn=reader,
                     DurationSeconds="3601")
        self.refused(400, "MalformedInput", "not a number", DurationSeconds="1h")
        self.refused(400, "ValidationError", "less than or equal to 43200", DurationSeconds="43201")
        self.assume(self.token, DurationSeconds="7200")
        self.assertEqual(self.control("/assumed")[-1]["seconds"], 7200)

    def test_a_security_token_on_an_unsigned_call(self):
        self.refused(400, "InvalidIdentityToken", "X-Amz-Security-Token", headers={"X-Amz-Security-Token": "x"})


class ShortCredentials(SandboxCase):
    settings = {"sts_seconds": 20}

    def test_may_live_shorter_than_aws_allows(self):
        aws = self.aws()
        self.clock.skew_seconds = 19
        self.assertEqual(aws.call("sts", self.urls["sts"] + "/", "POST", IDENTITY).status, 200)
        self.clock.skew_seconds = 21
        self.assert_aws(aws.call("sts", self.urls["sts"] + "/", "POST", IDENTITY), 403, "ExpiredToken")
        answer = aws.call("eks", self.urls["eks"] + "/clusters")
        self.assertEqual((answer.status, answer.headers["x-amzn-ErrorType"]), (403, "ExpiredTokenException"))


class CallerIdentity(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.url = cls.urls["sts"] + "/"

    def setUp(self):
        super().setUp()
        self.credentials = self.aws()

    def call(self, **options):
        return self.credentials.call("sts", self.url, "POST", IDENTITY, **options)

    def presigned(self, headers=(("x-k8s-aws-id", "demo"),), **options):
        host = self.url.split("/")[2]
        return send(self.credentials.presign(host, scheme="http", **options), "GET", dict(headers))

    def test_header_form(self):
        answer = self.call()
        self.assertEqual(answer.status, 200, answer.text)
        self.assertIn(f"<Arn>{ASSUMED}</Arn>", answer.text)

    def test_presigned_form_and_json(self):
        answer = self.presigned([("x-k8s-aws-id", "demo"), ("Accept", "application/json")])
        result = answer.json["GetCallerIdentityResponse"]["GetCallerIdentityResult"]
        self.assertEqual((result["Arn"], result["Account"]), (ASSUMED, "123456789012"))

    def test_json_errors(self):
        answer = self.presigned([("x-k8s-aws-id", "other"), ("Accept", "application/json")])
        self.assertEqual((answer.status, answer.json["Error"]["Code"]), (403, "SignatureDoesNotMatch"))

    def test_signatures_that_are_wrong(self):
        self.assert_aws(self.call(tamper="0000"), 403, "SignatureDoesNotMatch")
        self.credentials.secret = "x" * 40
        self.assert_aws(self.call(), 403, "SignatureDoesNotMatch")
        self.assert_aws(self.presigned(), 403, "SignatureDoesNotMatch")

    def test_unsigned_headers_and_other_services(self):
        self.assert_aws(self.call(headers={"x-amz-extra": "1"}), 403, "SignatureDoesNotMatch")
        self.assert_aws(self.credentials.call("eks", self.url, "POST", IDENTITY), 403, "SignatureDoesNotMatch")

    def test_keys_that_are_unknown(self):
        self.credentials.token += "x"
        self.assert_aws(self.call(), 403, "InvalidClientTokenId")
        self.credentials.key = "ASIA" + "A" * 16
        self.assert_aws(self.call(), 403, "InvalidClientTokenId")

    def test_window(self):
        for shift in (-290, 290):
            self.assertEqual(self.call(shift=shift).status, 200)
        for shift in (-310, 310):
            self.assert_aws(self.call(shift=shift), 403, "SignatureDoesNotMatch")
        self.assertIn("Signature expired: ", self.call(shift=-310).text)
        self.assertEqual(self.presigned(shift=-890, **{"X-Amz-Expires": "60"}).status, 200)
        self.assert_aws(self.presigned(shift=-910), 403, "SignatureDoesNotMatch")
        self.assertIn("Signature not yet current: ", self.presigned(shift=400).text)

    def test_without_signature_or_with_half_of_one(self):
        self.assert_aws(send(self.url, "POST", FORM, IDENTITY), 403, "MissingAuthenticationToken")
        head = FORM | {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}
        self.assert_aws(send(self.url, "POST", head, IDENTITY), 400, "IncompleteSignature")


class EksApi(SandboxCase):
    def setUp(self):
        super().setUp()
        self.credentials = self.aws()

    def call(self, path, **options):
        return self.credentials.call("eks", self.urls["eks"] + path, **options)

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.headers["x-amzn-ErrorType"]), (status, code), answer.text)
        self.assertIn("message", answer.json)

    def test_describe(self):
        cluster = self.call("/clusters/demo").json["cluster"]
        self.assertEqual((cluster["endpoint"], cluster["status"]), (self.urls["k8s"], "ACTIVE"))
        self.assertEqual(cluster["arn"], "arn:aws:eks:us-east-1:123456789012:cluster/demo")
        self.assertEqual(cluster["accessConfig"], {"authenticationMode": "API"})
        with open(self.urls["ca_file"], "rb") as file:
            self.assertEqual(base64.b64decode(cluster["certificateAuthority"]["data"]), file.read())

    def test_list(self):
        self.assertEqual(self.call("/clusters").json, {"clusters": ["demo"], "nextToken": None})

    def test_refusals(self):
        self.refused(self.call("/clusters/other"), 404, "ResourceNotFoundException")
        self.refused(self.call("/clusters/demo/addons"), 404, "UnknownOperationException")
        self.refused(self.call("/clusters/demo", tamper="0000"), 403, "InvalidSignatureException")
        self.refused(self.call("/clusters/demo", shift=-310), 403, "InvalidSignatureException")
        self.refused(send(self.urls["eks"] + "/clusters"), 403, "MissingAuthenticationTokenException")
        self.credentials.region = "eu-west-1"
        self.refused(self.call("/clusters/demo"), 403, "InvalidSignatureException")
        self.credentials.token = "x"
        self.refused(self.call("/clusters/demo"), 403, "UnrecognizedClientException")

    def test_role_without_permission(self):
        self.credentials = self.aws(role=ROLE.replace("Developer", "Auditor"))
        self.refused(self.call("/clusters/demo"), 403, "AccessDeniedException")


if __name__ == "__main__":
    unittest.main()
