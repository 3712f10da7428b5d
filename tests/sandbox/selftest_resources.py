"""Selftest: HTTP message signatures, DPoP with ath, sessions, the ID token for AWS, status, revocation, discovery."""

import email.utils
import unittest
import urllib.parse

from selftest_base import ROLE, SandboxCase
from selftest_client import Client, claims_of, new_key, send

PATH = "/v1/credentials/aws/token"
PINNED = f"{PATH}?role_arn={urllib.parse.quote(ROLE, safe='')}"
ASKED_FOR = 'sig1=("@method" "@authority" "@path" "@query" "authorization");alg="ecdsa-p256-sha256"'


class ResourceCase(SandboxCase):
    def setUp(self):
        super().setUp()
        self.token = self.access_token()

    def get(self, path=PINNED, **options):
        return self.client.resource(self.token, path, **options)


class AwsToken(ResourceCase):
    def test_is_pinned_and_tagged(self):
        answer = self.get()
        self.assertEqual((answer.status, answer.json["expires_in"]), (200, 28800), answer.text)
        claims = claims_of(answer.json["id_token"])
        self.assertEqual(claims["https://aws.amazon.com/roles"], ROLE)
        self.assertEqual(claims["https://aws.amazon.com/source_identity"], "alice@example.com")
        tags = claims["https://aws.amazon.com/tags"]
        self.assertEqual(tags["principal_tags"],
                         {"vouch:Email": ["alice@example.com"], "vouch:Domain": ["example.com"]})
        self.assertEqual(tags["transitive_tag_keys"], ["vouch:Email", "vouch:Domain"])
        self.assertEqual((claims["iss"], claims["aud"], claims["sub"]),
                         (self.urls["vouch"], self.urls["vouch"], "alice@example.com"))

    def test_without_role_is_not_pinned(self):
        self.assertNotIn("https://aws.amazon.com/roles", claims_of(self.get(PATH).json["id_token"]))

    def test_names_the_ai_agent(self):
        proof = self.client.proof("GET", PATH, token=self.token, source="claude-code")
        tags = claims_of(self.get(proof=proof).json["id_token"])["https://aws.amazon.com/tags"]["principal_tags"]
        self.assertEqual((tags["vouch:AccessType"], tags["vouch:Agent"]), (["ai"], ["claude-code"]))

    def test_role_arn_that_is_none(self):
        for arn in ("", "nonsense", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x",
                    "arn:aws:iam::123456789012:role/", "arn:mars:iam::123456789012:role/x",
                    "arn:aws:iam::123456789012:role/" + "x" * 2048):
            with self.subTest(arn=arn[:40]):
                answer = self.get(f"{PATH}?role_arn={urllib.parse.quote(arn, safe='')}")
                self.assert_oauth(answer, 400, "invalid_role_arn")

    def test_session_without_hardware(self):
        self.control("/downgrade-sessions", {})
        self.assert_oauth(self.get(), 403, "hardware_required")

    def test_a_body_is_limited_to_8_kib(self):
        self.assertEqual(send(self.urls["vouch"] + PATH, "GET", {}, b"x" * 8193).status, 413)


class HttpSignature(ResourceCase):
    def refused(self, reason, **wrong):
        answer = self.get(**wrong)
        self.assertEqual((answer.status, answer.text), (401, "signature verification failed"))
        self.assert_reason(reason)
        return answer

    def test_unsigned_tells_what_to_sign(self):
        self.assertEqual(self.refused("not signed", signed=False).headers["Accept-Signature"], ASKED_FOR)

    def test_each_required_component(self):
        names = ["@method", "@authority", "@path", "@query", "authorization", "dpop"]
        for left_out in names[:5]:
            with self.subTest(left_out=left_out):
                rest = [name for name in names if name != left_out]
                answer = self.refused(f"{left_out} is not covered", components=rest)
                self.assertEqual(answer.headers["Accept-Signature"], ASKED_FOR)

    def test_der_is_refused_without_a_hint(self):
        answer = self.refused("64 bytes", der=True)
        self.assertIsNone(answer.headers["Accept-Signature"])
        self.assertIsNone(answer.headers["WWW-Authenticate"])

    def test_window_of_created(self):
        now = int(self.clock.now())
        self.refused("created is", parameters={"created": now - 302})
        self.refused("created is", parameters={"created": now + 65})
        self.refused("created is missing", parameters={"created": None})
        self.refused("expired", parameters={"expires": now - 1})

    def test_wrong_key_algorithm_and_bytes(self):
        self.refused("does not verify", key=new_key())
        self.refused("does not verify", tamper=True)
        self.refused("keyid", parameters={"keyid": "other"})
        self.refused("alg is", parameters={"alg": "ed25519"})

    def test_an_input_that_is_not_canonical(self):
        self.refused("does not verify", spaced=True)

    def test_repeated_and_unknown_components(self):
        names = ["@method", "@authority", "@path", "@query", "authorization"]
        self.refused("repeated", components=names + ["@path"])
        self.refused("not one we know", components=names + ["@status"])
        self.refused("not in the request", components=names + ["x-absent"])

    def test_nonce_is_optional_and_good_once(self):
        nonce = self.get().headers["Signature-Nonce"]
        self.assertEqual(self.get(parameters={"nonce": nonce}).status, 200)
        answer = self.refused("nonce", parameters={"nonce": nonce})
        self.assertEqual(self.get(parameters={"nonce": answer.headers["Signature-Nonce"]}).status, 200)

    def test_every_path_is_signed_by_default(self):
        self.assertEqual(send(self.urls["vouch"] + "/v1/nothing").status, 401)
        self.assertEqual(self.get("/v1/nothing").status, 404)
        self.assertEqual(self.client.form("/oauth/jwks", {}).status, 405)

    def test_a_body_needs_its_digest(self):
        names = ["@method", "@authority", "@path", "@query", "authorization"]
        post = {"path": "/v1/nothing", "method": "POST", "body": b"{}"}
        self.assertEqual(self.get(**post).status, 404)  # the signature was good, the path is none
        answer = self.refused("content-digest is not covered", components=names, **post)
        self.assertEqual(answer.headers["Accept-Signature"], ASKED_FOR.replace(")", ' "content-digest")'))
        self.refused("content-type is not covered", components=names + ["content-digest"], **post)
        self.refused("does not match the body", digest=b"[]", **post)

    def test_malformed_fields(self):
        head = {"Authorization": f"DPoP {self.token}", "Signature": "sig1=:AAAA:"}
        for text, reason in (("sig1=(", "expected"), ("sig1=1", "no signature labelled"), ("sig2=()", "labelled"),
                             ('sig1=("@method""@path")', "expected"), ("sig1=();Created=1", "name expected"),
                             ("sig1=(),", "comma"), ("%", "name expected"), ("sig1=(£)", "expected")):
            with self.subTest(text=text):
                answer = send(self.urls["vouch"] + PINNED, "GET", head | {"Signature-Input": text})
                self.assertEqual((answer.status, answer.text), (401, "signature verification failed"))
                self.assert_reason(reason)


class OldServer(ResourceCase):
    settings = {"der_signatures": True}

    def test_takes_der_only(self):
        self.assertEqual(self.get(der=True).status, 200)
        answer = self.get()
        self.assertEqual((answer.status, answer.text), (401, "signature verification failed"))


class ResourceProof(ResourceCase):
    def refused(self, error, reason, **wrong):
        answer = self.get(**wrong)
        self.assert_oauth(answer, 401, error)
        self.assertRegex(answer.headers["WWW-Authenticate"],
                         f'^DPoP error="{error}", error_description=".+", algs="ES256 ')
        self.assert_reason(reason)
        return answer

    def proof(self, token=None, **changes):
        return self.client.proof("GET", PATH, token=token or self.token, **changes)

    def test_ath(self):
        self.refused("invalid_dpop_proof", "ath", proof=self.client.proof("GET", PATH))
        self.refused("invalid_dpop_proof", "ath", proof=self.proof(token="another"))

    def test_replay(self):
        proof = self.proof()
        self.assertEqual(self.get(proof=proof).status, 200)
        self.refused("invalid_dpop_proof", "jti was used before", proof=proof)

    def test_htu_is_of_the_canonical_url(self):
        self.refused("invalid_dpop_proof", "htu", proof=self.proof(htu=f"http://localhost{PATH}"))

    def test_exactly_one_header(self):
        names = ["@method", "@authority", "@path", "@query", "authorization"]
        self.refused("invalid_dpop_proof", "2 DPoP", components=names, extra=[("DPoP", self.proof())])

    def test_unknown_nonce(self):
        answer = self.refused("use_dpop_nonce", "nonce", proof=self.proof(nonce="old"))
        self.assertEqual(self.get(proof=self.proof(nonce=answer.headers["DPoP-Nonce"])).status, 200)

    def test_a_source_that_is_no_text(self):
        self.refused("invalid_dpop_proof", "source claim", proof=self.proof(source=7))

    def test_another_scheme(self):
        self.refused("invalid_token", "no access token", scheme="Basic")

    def test_another_key(self):
        self.refused("invalid_token", "bound to", proof=self.proof(key=new_key()))

    def test_a_bound_token_as_bearer(self):
        self.refused("invalid_token", "Bearer", scheme="Bearer")

    def test_sessions_that_are_over(self):
        self.clock.skew_seconds = 28801
        self.refused("invalid_token", "expired")
        self.clock.skew_seconds = 0
        self.control("/revoke-sessions", {})
        self.refused("invalid_token", "revoked")


class StatusAndRevocation(ResourceCase):
    def status(self, **options):
        return self.get("/v1/auth/status", signed=False, **options)

    def test_status_of_a_live_session(self):
        answer = self.status().json
        self.assertEqual((answer["authenticated"], answer["email"]), (True, "alice@example.com"))
        self.assertTrue(28700 < answer["expires_in_seconds"] <= 28800)

    def test_status_of_a_refused_token_is_an_answer(self):
        for options in ({"scheme": "Bearer"}, {"proof": "a.b.c"}):
            answer = self.status(**options)
            self.assertEqual((answer.status, answer.json), (200, {"authenticated": False}))
        self.assertEqual(send(self.urls["vouch"] + "/v1/auth/status").json, {"authenticated": False})

    def test_status_lets_a_stale_nonce_through(self):
        proof = self.client.proof("GET", "/v1/auth/status", nonce="old", token=self.token)
        self.assertEqual(self.status(proof=proof).status, 401)

    def test_revocation_ends_the_session(self):
        self.assertEqual(self.client.form("/oauth/revoke", {"token": self.token}).status, 200)
        self.assertEqual(self.status().json, {"authenticated": False})
        self.assertEqual(self.client.form("/oauth/revoke", {"token": "unknown"}).status, 200)

    def test_revocation_of_nothing_and_by_another_client(self):
        self.assert_oauth(self.client.form("/oauth/revoke", {}), 400, "invalid_request")
        other = Client(self.urls["vouch"], self.clock.now)
        other.register()
        self.assertEqual(other.form("/oauth/revoke", {"token": self.token}).status, 200)
        self.assertEqual(self.status().json["authenticated"], True)

    def test_revocation_needs_the_client(self):
        wrong = self.client.client_assertion(aud=f"{self.urls['vouch']}/oauth/revoke")
        answer = self.client.form("/oauth/revoke", {"token": self.token}, assertion=wrong)
        self.assert_oauth(answer, 401, "invalid_client")
        self.assertEqual(self.status().json["authenticated"], True)

    def test_discovery_and_keys(self):
        discovery = send(self.urls["vouch"] + "/.well-known/openid-configuration").json
        self.assertEqual(discovery["issuer"], self.urls["vouch"])
        self.assertEqual([key["alg"] for key in send(discovery["jwks_uri"]).json["keys"]], ["ES256", "RS256"])

    def test_date_follows_the_clock(self):
        dates = []
        for skew in (0, 7200):
            self.control("/clock", {"skew_seconds": skew})
            date = send(self.urls["vouch"] + "/oauth/jwks").headers["Date"]
            dates.append(email.utils.parsedate_to_datetime(date).timestamp())
        self.assertEqual(dates, [self.clock.now() - 7200, self.clock.now()])


if __name__ == "__main__":
    unittest.main()
