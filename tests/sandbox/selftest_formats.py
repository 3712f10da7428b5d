"""Selftest: the formats by themselves, against published examples and with input that no honest client sends."""

import email.message
import json
import unittest

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import arn
import jose_check
import sigv4_check
import structured_fields
from accounts import parse_user
from http_base import Request
from http_signature_check import SignatureError, signature_base
from selftest_client import SecurityKey, b64, jwk_of, jws, new_key
from sigv4_check import SigV4Error
from structured_fields import FieldError


def request(query=None, method="GET", path="/", body=b"", **headers):
    message = email.message.Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Request(method, path, query, message, body)


class SigV4(unittest.TestCase):
    def test_the_published_vanilla_example(self):
        signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        made = request(Host="example.amazonaws.com", X_Amz_Date="20150830T123600Z", Authorization=(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEAKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            f"SignedHeaders=host;x-amz-date, Signature={signature}"))
        signed = sigv4_check.parse_request(made)
        secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
        self.assertEqual(sigv4_check.expected_signature(made, signed, secret), signature)

    def test_canonical_request(self):
        made = request("b=2&a=%7E+x&a=1&c", path="/clusters/my%20one", Host="h", X_Amz_Date="20150830T123600Z",
                       Authorization="AWS4-HMAC-SHA256 Credential=AKIDEXAMPLEAKIDEXAMPLE/20150830/us-east-1/eks/"
                                     "aws4_request, SignedHeaders=host, Signature=" + "0" * 64)
        with self.assertRaisesRegex(SigV4Error, "x-amz-date is sent and not signed"):
            sigv4_check.parse_request(made)
        made.headers.replace_header("Authorization", made.headers["Authorization"].replace("=host", "=host;x-amz-date"))
        text = sigv4_check.canonical_request(made, sigv4_check.parse_request(made))
        self.assertEqual(text.split("\n")[:5], ["GET", "/clusters/my%2520one", "a=1&a=~%2Bx&b=2&c=", "host:h",
                                                "x-amz-date:20150830T123600Z"])

    def test_signatures_that_are_malformed(self):
        good = {"scope": "AKIDEXAMPLEAKIDEXAMPLE/20150830/us-east-1/sts/aws4_request", "names": "host;x-amz-date",
                "date": "20150830T123600Z"}
        for change, kind, reason in (({"scope": "AKID/20150830/us-east-1"}, "incomplete", "scope"),
                                     ({"names": "x-amz-date;host"}, "incomplete", "sorted"),
                                     ({"names": "Host;x-amz-date"}, "incomplete", "lower case"),
                                     ({"names": "x-amz-date"}, "mismatch", "host is not signed"),
                                     ({"date": "20150831T000000Z"}, "mismatch", "date"),
                                     ({"date": "20151331T000000Z"}, "incomplete", "X-Amz-Date"),
                                     ({"date": ""}, "incomplete", "X-Amz-Date")):
            with self.subTest(change=change), self.assertRaisesRegex(SigV4Error, reason) as caught:
                part = good | change
                sigv4_check.parse_request(request(Host="h", X_Amz_Date=part["date"], Authorization=(
                    f"AWS4-HMAC-SHA256 Credential={part['scope']}, SignedHeaders={part['names']}, "
                    f"Signature={'0' * 64}")))
            self.assertEqual(caught.exception.kind, kind)

    def test_repeated_parameters_and_headers(self):
        with self.assertRaisesRegex(SigV4Error, "X-Amz-Date is repeated"):
            sigv4_check.parse_request(request("X-Amz-Date=a&X-Amz-Date=b"))
        made = request(Authorization="a")
        made.headers["Authorization"] = "b"
        with self.assertRaisesRegex(SigV4Error, "2 Authorization header fields"):
            sigv4_check.parse_request(made)
        with self.assertRaisesRegex(SigV4Error, "X-Amz-Algorithm"):
            sigv4_check.parse_request(request("X-Amz-Signature=0"))


class StructuredFields(unittest.TestCase):
    def test_canonical_form(self):
        text = 'sig1=(  "@method"   "x-a";sf );created=1;alg="a\\"b";flag;off=?0;token=abc'
        items, parameters = structured_fields.parse_dictionary(text)["sig1"]
        self.assertEqual(structured_fields.serialize_inner_list(items, parameters),
                         '("@method" "x-a";sf);created=1;alg="a\\"b";flag;off=?0;token=abc')

    def test_bytes_and_several_members(self):
        members = structured_fields.parse_dictionary("a=:AQID:, b , c=1")
        self.assertEqual([members[name][0] for name in "abc"], [b"\x01\x02\x03", True, 1])

    def test_input_that_is_malformed(self):
        for text in ("a=:AQ:", "a=", 'a="', "a=1 b", "A=1", "a=(1", 'a="\x07"'):
            with self.subTest(text=text), self.assertRaises(FieldError):
                structured_fields.parse_dictionary(text)


class Jose(unittest.TestCase):
    def test_tokens_that_are_malformed(self):
        key = new_key()
        good = jws(key, {"alg": "ES256"}, {"a": 1})
        head, payload, signature = good.split(".")
        doubled = b64(b'{"alg":"none","alg":"ES256"}')
        for text in ("", "a.b", f"{good}.x", f"{head}=.{payload}.{signature}", f"{b64(b'[]')}.{payload}.{signature}",
                     f"{doubled}.{payload}.{signature}", f"{head}.{b64(b'{')}.{signature}", f"{head}.{payload}.A"):
            with self.subTest(text=text[:30]), self.assertRaises(jose_check.JoseError):
                jose_check.decode(text)

    def test_der_is_no_jws_signature(self):
        key = new_key()
        der = key.sign(b"x", ec.ECDSA(hashes.SHA256()))
        self.assertFalse(jose_check.verify_raw_p256(key.public_key(), der, b"x"))
        self.assertTrue(jose_check.verify_der_p256(key.public_key(), der, b"x"))

    def test_keys_that_are_wrong(self):
        jwk = jwk_of(new_key())
        for change in ({"kty": "RSA"}, {"crv": "P-384"}, {"x": jwk["x"][:-4]}, {"y": b64(b"\0" * 32)}, {"d": "AA"}):
            with self.subTest(change=change), self.assertRaises(jose_check.JoseError):
                jose_check.public_key(jwk | change)

    def test_thumbprint_is_independent_of_order_and_other_members(self):
        jwk = jwk_of(new_key())
        shuffled = json.loads(json.dumps(dict(reversed(list((jwk | {"use": "sig"}).items())))))
        self.assertEqual(jose_check.thumbprint(shuffled), jwk["kid"])


class UserFiles(unittest.TestCase):
    def test_descriptions_that_are_wrong(self):
        good = SecurityKey().describe()
        self.assertEqual(parse_user(good, "vouch.test").email, "alice@example.com")
        p384 = ec.generate_private_key(ec.SECP384R1()).public_key()
        pem = p384.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        for change, reason in (({"rp_id": "other.test"}, "rp_id"), ({"public_key_pem": pem}, "not a P-256 key"),
                               ({"user_id": "alice"}, "UUID"), ({"credential_id": "a+b"}, "base64url")):
            with self.subTest(change=list(change)), self.assertRaisesRegex(ValueError, reason):
                parse_user(good | change, "vouch.test")


class HttpSignatureBase(unittest.TestCase):
    def test_of_a_request_without_query(self):
        made = request(path="/v1/keys", Host="Vouch.Test:8443", Authorization="DPoP  t ")
        components = [(name, {}) for name in ("@method", "@authority", "@path", "@query", "authorization")]
        self.assertEqual(signature_base(made, components, {"created": 1, "keyid": "k"}), (
            '"@method": GET\n"@authority": vouch.test:8443\n"@path": /v1/keys\n"@query": ?\n'
            '"authorization": DPoP  t\n'
            '"@signature-params": ("@method" "@authority" "@path" "@query" "authorization");created=1;keyid="k"'))

    def test_refuses_what_is_not_printable_ascii(self):
        with self.assertRaisesRegex(SignatureError, "printable"):
            signature_base(request(X_A="caf\u00e9"), [("x-a", {})], {})


class Arns(unittest.TestCase):
    def test_roles(self):
        role = arn.parse_role("arn:aws-cn:iam::123456789012:role/team/a/Dev+1")
        self.assertEqual((role.partition, role.account, role.name), ("aws-cn", "123456789012", "Dev+1"))

    def test_partitions_of_regions(self):
        for region, partition in (("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"),
                                  ("us-iso-east-1", "aws-iso"), ("us-isob-east-1", "aws-iso-b"),
                                  ("eu-isoe-west-1", "aws-iso-e"), ("eusc-de-east-1", "aws-eusc"), ("mars-1", None)):
            self.assertEqual(arn.partition_of(region), partition, region)


if __name__ == "__main__":
    unittest.main()
