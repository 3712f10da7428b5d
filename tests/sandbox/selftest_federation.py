"""Selftest: the federation endpoint of the AWS console: what it takes for a session, what its token is good for."""

import json
import urllib.parse

from selftest_chain import ChainCase
from selftest_client import send

DESTINATION = "https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1"
ARN = "arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com"


class FederationCase(ChainCase):
    def session(self, aws=None, **changes):
        aws = aws or self.aws()
        return {"sessionId": aws.key, "sessionKey": aws.secret, "sessionToken": aws.token} | changes

    def get(self, action, method="GET", **fields):
        query = urllib.parse.urlencode({"Action": action} | fields)
        return send(f"{self.urls['signin']}/federation?{query}", method)

    def ask(self, session=None, **fields):
        text = json.dumps(self.session() if session is None else session)
        return self.get("getSigninToken", Session=text, **fields)

    def token(self, **options):
        return self.ask(**options).json["SigninToken"]

    def login(self, token, destination=DESTINATION, issuer="http://127.0.0.1:1", **fields):
        return self.get("login", Issuer=issuer, Destination=destination, SigninToken=token, **fields)

    def refused(self, answer, reason):
        self.assertEqual(answer.status, 400, answer.text)
        self.assertIn("HTTP Status 400 - Invalid credentials parameter", answer.text)
        self.assert_reason(reason)


class SigninToken(FederationCase):
    def test_signs_in_as_the_session_of_the_role(self):
        answer = self.login(self.token())
        self.assertEqual((answer.status, answer.headers["Location"]), (302, DESTINATION))
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        who = send(self.urls["signin"] + "/whoami", "GET", {"Cookie": cookie}).json
        self.assertEqual((who["arn"], who["account"]), (ARN, "123456789012"))
        self.assertEqual((who["destination"], who["issuer"]), (DESTINATION, "http://127.0.0.1:1"))
        self.assertAlmostEqual(who["ends_at"], self.clock.now() + 3600, delta=10)
        self.clock.skew_seconds = 3700
        self.assertEqual(send(self.urls["signin"] + "/whoami", "GET", {"Cookie": cookie}).status, 401)

    def test_takes_only_credentials_that_sts_has_issued(self):
        good = self.session()
        for changes, reason in (({"sessionId": "ASIAAAAAAAAAAAAAAAAA"}, "unknown sessionId"),
                                ({"sessionKey": good["sessionKey"][:-1]}, "sessionKey is not that"),
                                ({"sessionToken": "x" + good["sessionToken"][1:]}, "sessionToken is not that"),
                                ({"sessionToken": 7}, "not an object of"), ({"more": "x"}, "not an object of")):
            self.refused(self.ask(good | changes), reason)
        self.refused(self.ask({"sessionId": good["sessionId"]}), "not an object of")
        self.refused(self.get("getSigninToken", Session="{"), "not JSON")
        self.refused(self.get("getSigninToken"), "not JSON")
        self.clock.skew_seconds = 3700
        self.refused(self.ask(good), "have expired")

    def test_a_duration_is_refused_for_a_chained_role(self):
        self.assertEqual(self.ask(SessionDuration="3600").status, 200)
        chained = self.session(self.aws(self.hop()))
        self.assertEqual(self.ask(chained).status, 200)
        self.refused(self.ask(chained, SessionDuration="3600"), "chained role")
        for duration in ("899", "43201", "-1", "1h", "9999999"):
            self.refused(self.ask(SessionDuration=duration), "out of range")

    def test_is_asked_by_get_with_known_parameters(self):
        self.refused(self.get("getSigninToken", "POST", Session=json.dumps(self.session())), "POST /federation")
        self.refused(self.ask(DurationSeconds="3600"), "unknown parameter DurationSeconds")
        self.refused(self.get("logout"), "GET /federation")
        self.refused(send(self.urls["signin"] + "/"), "GET /")


class Login(FederationCase):
    def test_takes_a_token_once(self):
        token = self.token()
        self.assertEqual(self.login(token).status, 302)
        self.refused(self.login(token), "used before")

    def test_takes_a_token_for_fifteen_minutes(self):
        token, late = self.token(), self.token()
        self.clock.skew_seconds = 890
        self.assertEqual(self.login(token).status, 302)
        self.clock.skew_seconds = 910
        self.refused(self.login(late), "has expired")

    def test_leads_only_to_the_console_of_the_partition(self):
        for destination in ("https://console.aws.amazon.com/", "https://eu-west-1.console.aws.amazon.com/s3/home#a"):
            self.assertEqual(self.login(self.token(), destination).status, 302, destination)
        for destination in ("", "http://console.aws.amazon.com/", "https://evil.example/",
                            "https://console.amazonaws.cn/", "https://console.aws.amazon.com.evil.example/",
                            "https://x@console.aws.amazon.com/", "https://cn-north-1.console.aws.amazon.com/",
                            "https://evil/.console.aws.amazon.com/"):
            self.refused(self.login(self.token(), destination), "Destination is")

    def test_needs_an_issuer_that_is_a_url(self):
        self.refused(self.login(self.token(), issuer="javascript:alert(1)"), "Issuer is no URL")
        self.refused(self.login(self.token(), SessionDuration="3600"), "unknown parameter SessionDuration")

    def test_nobody_is_signed_in_without_a_cookie(self):
        self.assertEqual(send(self.urls["signin"] + "/whoami").status, 401)


class Faults(FederationCase):
    def test_it_can_be_told_to_fail(self):
        for mode, status in (("status", 500), ("throttle", 429), ("access_denied", 403)):
            self.control("/faults", {"signin": {"mode": mode}})
            self.assertEqual(self.ask().status, status, mode)
        self.control("/faults", {"signin": {"mode": "none"}})
        self.assertEqual(self.ask().status, 200)
