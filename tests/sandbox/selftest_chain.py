"""Selftest: AssumeRole, the second hop of a chain: who may ask, what is judged, what is inherited."""

import json
import unittest
import urllib.parse

import iam_policy
from accounts import parse_user
from selftest_base import ROLE, SandboxCase
from selftest_client import FORM, SecurityKey, claims_of, send

MANAGEMENT = "arn:aws:iam::123456789012:role/VouchManagement"
MEMBER = "arn:aws:iam::210987654321:role/VouchMember"
CALLER = "arn:aws:sts::123456789012:assumed-role/VouchManagement/alice@example.com"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
NEEDED = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def policy(*actions, effect="Allow", resource="*"):
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource}]})


class ChainCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.control("/trust", {})

    def first_hop(self, **changes):
        return self.aws(self.assume(self.id_token(MANAGEMENT), RoleArn=MANAGEMENT, **changes))

    def hop(self, caller=None, shift=0, tamper="", **changes):
        """AssumeRole; a change to None leaves that parameter out."""
        fields = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": MEMBER, "DurationSeconds": "3600",
                  "RoleSessionName": "alice@example.com"} | changes
        body = urllib.parse.urlencode({name: value for name, value in fields.items() if value is not None}).encode()
        caller = caller or self.first_hop()
        return caller.call("sts", self.urls["sts"] + "/", "POST", body, shift=shift, tamper=tamper)

    def not_authorized(self, answer, action, ending="</Message>", role=MEMBER, caller=CALLER):
        self.assert_aws(answer, 403, "AccessDenied")
        self.assertIn(f"<Message>User: {caller} is not authorized to perform: {action} on resource: {role}{ending}",
                      answer.text)


class Chain(ChainCase):
    def test_gives_credentials_of_the_member_account(self):
        before = self.count("sts.AssumeRole.ok")
        answer = self.hop()
        self.assertEqual(answer.status, 200, answer.text)
        self.assertRegex(answer.text, "^<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                                      "<AssumeRoleResult>")
        self.assertIn("<SourceIdentity>alice@example.com</SourceIdentity>", answer.text)
        self.assertNotIn("Audience", answer.text)
        self.assertEqual(self.count("sts.AssumeRole.ok"), before + 1)
        identity = self.aws(answer).call("sts", self.urls["sts"] + "/", "POST",
                                         b"Action=GetCallerIdentity&Version=2011-06-15")
        self.assertIn("<Arn>arn:aws:sts::210987654321:assumed-role/VouchMember/alice@example.com</Arn>", identity.text)
        self.assertIn("<Account>210987654321</Account>", identity.text)

    def test_identity_and_tags_are_inherited(self):
        caller = self.first_hop(**{"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/AdministratorAccess"})
        self.hop(caller, **{"PolicyArns.member.1.arn": READ_ONLY})
        first, second = self.control("/assumed")[-2:]
        self.assertEqual((first["operation"], first["via"], first["role_arn"]),
                         ("AssumeRoleWithWebIdentity", "", MANAGEMENT))
        self.assertEqual((second["operation"], second["via"], second["role_arn"]), ("AssumeRole", MANAGEMENT, MEMBER))
        self.assertEqual((second["source_identity"], second["tags"]["vouch:Email"]),
                         ("alice@example.com", ["alice@example.com"]))
        self.assertEqual(second["transitive_tag_keys"], ["vouch:Email", "vouch:Domain"])
        self.assertEqual((second["policy_arns"], second["seconds"]), ([READ_ONLY], 3600))

    def test_only_a_management_role_may_and_only_once(self):
        developer = self.aws()
        self.not_authorized(self.hop(developer), "sts:AssumeRole", caller=CALLER.replace("Management", "Developer"),
                            ending=" because no identity-based policy allows the sts:AssumeRole action</Message>")
        member = self.aws(self.hop())
        self.assert_aws(self.hop(member), 403, "AccessDenied")
        self.assert_aws(send(self.urls["sts"] + "/", "POST", FORM, b"Action=AssumeRole&Version=2011-06-15"), 403,
                        "MissingAuthenticationToken")

    def test_only_member_roles_are_targets(self):
        for role in (ROLE, MANAGEMENT, MEMBER.replace("VouchMember", "Other"), MEMBER.replace("2109", "9999")):
            with self.subTest(role=role):
                self.not_authorized(self.hop(RoleArn=role), "sts:AssumeRole", role=role, ending="")

    def test_a_member_role_does_not_trust_the_vouch_server(self):
        self.assert_aws(self.assume(self.id_token(MEMBER), RoleArn=MEMBER), 403, "AccessDenied")

    def test_the_first_token_is_pinned_to_the_management_role(self):
        self.assert_aws(self.assume(self.id_token(MEMBER), RoleArn=MANAGEMENT), 400, "InvalidIdentityToken")
        token = self.id_token(MANAGEMENT)
        self.assertEqual(claims_of(token)["https://aws.amazon.com/roles"], MANAGEMENT)
        self.assertEqual(self.assume(token, RoleArn=MANAGEMENT).status, 200)

    def test_duration(self):
        caller = self.first_hop()
        for seconds in ("3601", "43200"):
            answer = self.hop(caller, DurationSeconds=seconds)
            self.assert_aws(answer, 400, "ValidationError")
            self.assertIn("<Message>The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                          "by role chaining</Message>", answer.text)
        for seconds in ("899", "43201"):
            self.assert_aws(self.hop(caller, DurationSeconds=seconds), 400, "ValidationError")
        self.assertEqual(self.hop(caller, DurationSeconds="900").status, 200)
        self.assertEqual(self.control("/assumed")[-1]["seconds"], 900)
        self.hop(caller, DurationSeconds=None)
        self.assertEqual(self.control("/assumed")[-1]["seconds"], 3600)

    def test_parameters_that_are_wrong(self):
        caller = self.first_hop()
        for changes in ({"RoleArn": None}, {"RoleArn": "x" * 30}, {"RoleSessionName": None}, {"RoleSessionName": "a"},
                        {"RoleSessionName": "a" * 65}, {"RoleSessionName": "a b"}, {"Policy": "x" * 2049},
                        {"PolicyArns.member.1.arn": "ReadOnlyAccess"}, {"Tags.member.1.Key": "vouch:email"},
                        {"Tags.member.1.Key": "other"}, {"TransitiveTagKeys.member.1": "vouch:Email"},
                        {f"PolicyArns.member.{number}.arn": "arn:aws:iam::aws:policy/A" for number in range(1, 12)}):
            with self.subTest(changes={name: (value or "")[:20] for name, value in changes.items()}):
                self.assert_aws(self.hop(caller, **changes), 400, "ValidationError")
        self.assert_aws(self.hop(caller, Policy="{}"), 400, "MalformedPolicyDocument")
        self.assertIn("conflicts with a transitive tag key", self.hop(caller, **{
            "Tags.member.1.Key": "vouch:Email", "Tags.member.1.Value": "bob@example.com"}).text)

    def test_the_source_identity_cannot_be_changed(self):
        self.not_authorized(self.hop(SourceIdentity="bob@example.com"), "sts:SetSourceIdentity")

    def test_signatures(self):
        caller = self.first_hop()
        self.assert_aws(self.hop(caller, tamper="0000"), 403, "SignatureDoesNotMatch")
        self.assertIn("Signature not yet current: ", self.hop(caller, shift=310).text)
        self.assertIn("Signature expired: ", self.hop(caller, shift=-310).text)

    def test_the_clock_can_jump_between_the_hops(self):
        for skew, words in ((600, "Signature expired: "), (-600, "Signature not yet current: ")):
            with self.subTest(skew=skew):
                self.clock.skew_seconds = 0
                jump = {"skew_seconds": skew, "before": "sts.AssumeRole"}
                self.assertEqual(self.control("/clock", jump), {"ok": True})
                caller = self.first_hop()
                now = self.clock.now()
                caller.now = lambda now=now: now
                answer = self.hop(caller)
                self.assert_aws(answer, 403, "SignatureDoesNotMatch")
                self.assertIn(words, answer.text)
                self.assertEqual(self.hop(caller, shift=skew).status, 200)
        self.assertIn("error", self.control("/clock", {"skew_seconds": 1, "before": "sts.Nothing"}))

    def test_faults_by_name(self):
        caller = self.first_hop()
        self.control("/faults", {"sts": {"mode": "access_denied", "operation": "AssumeRole", "count": 1}})
        self.not_authorized(self.hop(caller), "sts:AssumeRole")
        self.control("/faults", {"sts": {"mode": "throttle", "operation": "AssumeRole", "count": 1}})
        self.assertEqual(self.assume(self.id_token()).status, 200)
        self.assert_aws(self.hop(caller), 400, "Throttling")
        self.assertEqual(self.hop(caller).status, 200)


class SessionPolicies(ChainCase):
    def test_limit_the_first_hop(self):
        for text in (policy("s3:*"), policy("sts:AssumeRole", resource=ROLE), policy(*NEEDED, effect="Deny")):
            with self.subTest(policy=text):
                self.not_authorized(self.hop(self.first_hop(Policy=text)), "sts:AssumeRole",
                                    " because no session policy allows the sts:AssumeRole action</Message>")
        for name in ("ReadOnlyAccess", "Unknown"):
            caller = self.first_hop(**{"PolicyArns.member.1.arn": f"arn:aws:iam::aws:policy/{name}"})
            self.not_authorized(self.hop(caller), "sts:AssumeRole", " because no session policy")

    def test_each_action_of_a_chain_is_needed(self):
        self.not_authorized(self.hop(self.first_hop(Policy=policy("sts:AssumeRole", "sts:TagSession"))),
                            "sts:SetSourceIdentity", " because no session policy")
        self.not_authorized(self.hop(self.first_hop(Policy=policy("sts:AssumeRole", "sts:SetSourceIdentity"))),
                            "sts:TagSession", " because no session policy")

    def test_let_through_what_they_allow(self):
        for text in (policy(*NEEDED), policy("sts:*"), policy(*NEEDED, resource="arn:aws:iam::2109*:role/Vouch?ember")):
            with self.subTest(policy=text):
                self.assertEqual(self.hop(self.first_hop(Policy=text)).status, 200)


class Trust(ChainCase):
    def trust(self, **changes):
        statement = {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": NEEDED,
                     "Condition": {"StringLike": {"aws:SourceIdentity": "*@example.com"}}} | changes
        self.assertEqual(self.control("/trust", {"statements": [statement]}), {"ok": True})
        return self.hop()

    def test_can_be_taken_away_and_given_back(self):
        self.control("/trust", {"refuse": True})
        self.not_authorized(self.hop(), "sts:AssumeRole")
        self.control("/trust", {})
        self.assertEqual(self.hop().status, 200)
        self.assertIn("error", self.control("/trust", {"statements": "none"}))
        self.assertIn("error", self.control("/trust", {"refused": True}))

    def test_names_the_management_role(self):
        self.assertEqual(self.trust().status, 200)
        self.assertEqual(self.trust(Principal={"AWS": ["arn:aws:iam::123456789012:root"]}).status, 200)
        self.not_authorized(self.trust(Principal={"AWS": ROLE}), "sts:AssumeRole")

    def test_names_each_action(self):
        self.not_authorized(self.trust(Action=["sts:AssumeRole", "sts:TagSession"]), "sts:SetSourceIdentity")
        self.not_authorized(self.trust(Action=["sts:AssumeRole", "sts:SetSourceIdentity"]), "sts:TagSession")

    def test_asks_for_the_domain(self):
        self.not_authorized(self.trust(Condition={"StringLike": {"aws:SourceIdentity": "*@other.test"}}),
                            "sts:AssumeRole")
        self.not_authorized(self.trust(Condition={"StringEquals": {"aws:SourceIdentity": "*@example.com"}}),
                            "sts:AssumeRole")

    def test_that_is_not_understood_allows_nothing(self):
        self.not_authorized(self.trust(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), "sts:AssumeRole")

    def test_the_management_role_needs_permissions(self):
        allowed = {"Effect": "Allow", "Action": NEEDED, "Resource": MEMBER}
        self.control("/trust", {"permissions": [allowed]})
        self.assertEqual(self.hop().status, 200)
        self.control("/trust", {"permissions": [allowed | {"Resource": ROLE}]})
        self.not_authorized(self.hop(), "sts:AssumeRole", " because no identity-based policy")


class Strangers(ChainCase):
    def test_of_another_domain_are_not_let_in(self):
        self.security_key = SecurityKey()
        carol = parse_user(self.security_key.describe() | {"user_name": "carol@other.test"}, "vouch.test")
        self.sandbox.servers["vouch"].service.users.add(carol)
        caller = self.first_hop(RoleSessionName="carol@other.test")
        self.not_authorized(self.hop(caller, RoleSessionName="carol@other.test"), "sts:AssumeRole",
                            caller=CALLER.replace("alice@example.com", "carol@other.test"))


class SeveralOrganisations(ChainCase):
    settings = {"management_roles": (MANAGEMENT, "arn:aws:iam::111122223333:role/team/Root"),
                "member_roles": ("arn:aws:iam::444455556666:role/One", "arn:aws:iam::777788889999:role/Two")}

    def test_each_role_is_known_by_its_whole_arn(self):
        other = self.settings["management_roles"][1]
        caller = self.aws(role=other)
        for role in self.settings["member_roles"]:
            self.assertEqual(self.hop(caller, RoleArn=role).status, 200)
            self.assertEqual(self.control("/assumed")[-1]["via"], other)
        bare = other.replace("team/", "")
        self.assert_aws(self.assume(self.id_token(bare), RoleArn=bare), 403, "AccessDenied")
        self.assertEqual(self.urls["management_role_arn"], MANAGEMENT)
        self.assertEqual(self.urls["member_role_arn"], self.settings["member_roles"][0])


class Policies(unittest.TestCase):
    def test_deny_wins_and_actions_have_no_case(self):
        allow = {"Effect": "Allow", "Action": "STS:assume*", "Resource": "*"}
        deny = {"Effect": "Deny", "NotAction": ["s3:*"], "Resource": ["arn:aws:iam::1*"]}
        self.assertTrue(iam_policy.allows([allow], "sts:AssumeRole", resource="arn:aws:iam::1"))
        self.assertFalse(iam_policy.allows([allow, deny], "sts:AssumeRole", resource="arn:aws:iam::1"))
        self.assertTrue(iam_policy.allows([allow, deny], "sts:AssumeRole", resource="arn:aws:iam::2"))
        self.assertFalse(iam_policy.allows([allow | {"NotResource": "x"}], "sts:AssumeRole", resource="x"))

    def test_documents_that_are_none(self):
        for text in ("[]", "{}", '{"Statement": [1]}', '{"Statement": [{"Effect": "Allow"}]}', "nothing",
                     '{"Statement": [{"Effect": "Maybe", "Action": "*"}]}'):
            with self.subTest(text=text), self.assertRaises(ValueError):
                iam_policy.parse_statements(text)


if __name__ == "__main__":
    unittest.main()
