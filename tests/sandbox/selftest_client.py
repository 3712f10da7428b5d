"""A small client of the sandbox for its selftest: keys, proofs, signatures and SigV4 written once more from the
references, so that a mistake in the checks does not hide behind the same mistake here. Every part of a request can be
made wrong.
"""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import struct
import time
import urllib.parse
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANTS = [f"urn:ietf:params:oauth:grant-type:{name}" for name in ("device_code", "fido2-assertion", "token-exchange")]
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def sha256(data):
    return hashlib.sha256(data).digest()


def sign_raw(key, data):
    r, s = utils.decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def jws(key, header, claims, signature=None):
    text = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{b64(sign_raw(key, text.encode()) if signature is None else signature)}"


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def jwk_of(key):
    numbers = key.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    jwk = {"crv": "P-256", "kty": "EC", "x": b64(x), "y": b64(y)}
    return jwk | {"kid": b64(sha256(json.dumps(jwk, separators=(",", ":")).encode()))}


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


class Answer:
    """Status, headers and body of a response."""

    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


def send(url, method="GET", headers=(), body=None, ca_file=None):
    """One request with exactly these headers (a dict or pairs, so that one may be repeated)."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(parts.netloc, context=context, timeout=10)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        target = parts.path or "/"
        connection.putrequest(method, f"{target}?{parts.query}" if "?" in url else target, skip_accept_encoding=True)
        for name, value in headers.items() if isinstance(headers, dict) else headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return Answer(connection.getresponse())
    finally:
        connection.close()


class SecurityKey:
    """A software authenticator with one discoverable P-256 credential."""

    def __init__(self, rp_id="vouch.test"):
        self.key, self.rp_id, self.counter = new_key(), rp_id, 0
        self.credential_id, self.user_id = uuid.uuid4().bytes * 2, uuid.uuid4()

    def describe(self):
        pem = self.key.public_key().public_bytes(serialization.Encoding.PEM,
                                                 serialization.PublicFormat.SubjectPublicKeyInfo)
        return {"credential_id": b64(self.credential_id), "public_key_pem": pem.decode(), "aaguid": "00" * 15 + "01",
                "user_id": str(self.user_id), "user_name": "alice@example.com", "rp_id": self.rp_id}

    def assertion(self, challenge, *, flags=0x05, counter=None, client_data=(), rp_id=None, user_handle=None, key=None):
        """The members of the assertion object; the keyword arguments make it wrong."""
        self.counter = self.counter + 1 if counter is None else counter
        data = {"type": "webauthn.get", "challenge": challenge["challenge"], "origin": f"https://{challenge['rp_id']}",
                "crossOrigin": False} | dict(client_data)
        text = json.dumps(data, separators=(",", ":")).encode()
        auth_data = sha256((rp_id or challenge["rp_id"]).encode()) + struct.pack(">BI", flags, self.counter)
        signature = (key or self.key).sign(auth_data + sha256(text), ec.ECDSA(hashes.SHA256()))
        return {"state": challenge["state"], "credential_id": b64(self.credential_id),
                "authenticator_data": b64(auth_data), "signature": b64(signature), "client_data_json": b64(text),
                "user_handle": b64(self.user_id.bytes if user_handle is None else user_handle)}


class Client:
    """A registered client of the Vouch server. `now` is its clock."""

    def __init__(self, base, now=time.time, ca_file=None):
        self.base, self.now, self.key, self.ca_file = base, now, new_key(), ca_file
        self.jwk = jwk_of(self.key)
        self.client_id = ""

    def metadata(self, **changes):
        """The registration request; a change to None leaves the member out."""
        value = {"token_endpoint_auth_method": "private_key_jwt", "grant_types": GRANTS, "response_types": [],
                 "dpop_bound_access_tokens": True, "jwks": {"keys": [self.jwk]}, "client_name": "vouch-cli/test",
                 "software_id": "vouch-cli", "software_version": "1"} | changes
        return {name: part for name, part in value.items() if part is not None}

    def register(self, **changes):
        answer = send(f"{self.base}/oauth/register", "POST", {"Content-Type": "application/json"},
                      json.dumps(self.metadata(**changes)).encode(), ca_file=self.ca_file)
        if answer.status == 201:
            self.client_id = answer.json["client_id"]
        return answer

    def client_assertion(self, key=None, header=(), **changes):
        now = int(self.now())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.base, "jti": str(uuid.uuid4()), "iat": now,
                  "exp": now + 60} | changes
        return jws(key or self.key, {"alg": "ES256", "typ": "JWT", "kid": self.jwk["kid"]} | dict(header), claims)

    def proof(self, method, path, nonce=None, token=None, key=None, header=(), **changes):
        key = key or self.key
        claims = {"jti": str(uuid.uuid4()), "htm": method, "htu": self.base + path, "iat": int(self.now())}
        claims |= {"nonce": nonce} if nonce else {}
        claims |= {"ath": b64(sha256(token.encode()))} if token else {}
        return jws(key, {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk_of(key)} | dict(header), claims | changes)

    def form(self, path, fields, headers=(), assertion=None, media_type=None):
        """POST of a form with client authentication."""
        assertion = assertion or self.client_assertion()
        fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | fields
        head = {"Content-Type": media_type or "application/x-www-form-urlencoded"} | dict(headers)
        return send(self.base + path, "POST", head, urllib.parse.urlencode(fields).encode(), ca_file=self.ca_file)

    def challenge(self, **options):
        return self.form("/oauth/fido2/challenge", {}, **options)

    def token(self, fields, nonce, proof=None, **options):
        proof = proof or self.proof("POST", "/oauth/token", nonce=nonce)
        return self.form("/oauth/token", fields, {"DPoP": proof}, **options)

    def login(self, security_key, proof=None, assertion=None, fields=(), **wrong):
        """Challenge, assertion and token request; the answer to the last."""
        challenge = self.challenge()
        made = assertion or security_key.assertion(challenge.json, **wrong)
        form = {"grant_type": GRANTS[1], "assertion": b64(json.dumps(made).encode()), "scope": "openid email"}
        return self.token(form | dict(fields), challenge.headers["DPoP-Nonce"], proof)

    def exchange(self, access_token, nonce, proof=None, **changes):
        fields = {"grant_type": GRANTS[2], "subject_token": access_token, "client_id": self.client_id,
                  "subject_token_type": "urn:ietf:params:oauth:token-type:access_token", "audience": "kubernetes",
                  "requested_token_type": "urn:ietf:params:oauth:token-type:id_token"} | changes
        return self.token({name: value for name, value in fields.items() if value is not None}, nonce, proof)

    def device(self, **options):
        return self.form("/oauth/device", {"client_id": self.client_id}, **options)

    def poll(self, device_code, nonce, proof=None):
        return self.token({"grant_type": GRANTS[0], "device_code": device_code}, nonce, proof)

    def resource(self, access_token, path, *, method="GET", body=None, digest=None, scheme="DPoP", proof=None,
                 components=None, parameters=(), der=False, key=None, extra=(), tamper=False, spaced=False,
                 signed=True, media_type="application/json"):
        """A signed request to `/v1/…`; the keyword arguments make it wrong. `digest` = of another body than sent."""
        plain, _, query = path.partition("?")
        headers = {"authorization": f"{scheme} {access_token}"}
        if scheme != "Bearer" or proof:
            headers["dpop"] = proof or self.proof(method, plain, token=access_token)
        if body is not None:
            value = base64.b64encode(sha256(body if digest is None else digest)).decode()
            headers |= {"content-type": media_type, "content-digest": f"sha-256=:{value}:"}
        derived = {"@method": method, "@authority": urllib.parse.urlsplit(self.base).netloc, "@path": plain,
                   "@query": f"?{query}"} | headers
        if signed:
            inner, base = self._signature_base(derived, components or list(derived), parameters, spaced)
            signer = key or self.key
            signature = signer.sign(base, ec.ECDSA(hashes.SHA256())) if der else sign_raw(signer, base)
            signature = bytes([signature[0] ^ tamper]) + signature[1:]
            headers |= {"signature-input": f"sig1={inner}",
                        "signature": f"sig1=:{base64.b64encode(signature).decode()}:"}
        return send(self.base + path, method, list(headers.items()) + list(extra), body, ca_file=self.ca_file)

    def _signature_base(self, derived, names, parameters, spaced):
        values = {"alg": "ecdsa-p256-sha256", "created": int(self.now()), "keyid": self.jwk["kid"]} | dict(parameters)
        shown = "".join(f';{name}={value}' if isinstance(value, int) else f';{name}="{value}"'
                        for name, value in values.items() if value is not None)
        inner = "(" + (" " * (2 if spaced else 1)).join(f'"{name}"' for name in names) + ")" + shown
        base = "".join(f'"{name}": {derived.get(name, "")}\n' for name in names) + f'"@signature-params": {inner}'
        return inner, base.encode()


class Aws:
    """Credentials as STS gave them, and SigV4 with them."""

    def __init__(self, key, secret, token, region="us-east-1", now=time.time):
        self.key, self.secret, self.token, self.region, self.now = key, secret, token, region, now

    def _signature(self, service, stamp, method, path, query, headers, body_hash):
        names = ";".join(sorted(headers))
        lines = [method, path, query] + [f"{name}:{headers[name]}" for name in sorted(headers)] + ["", names, body_hash]
        scope = f"{stamp[:8]}/{self.region}/{service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
        key = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return scope, names, hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def _stamp(self, shift):
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now() + shift))

    def call(self, service, url, method="GET", body=b"", shift=0, headers=(), tamper=""):
        """A request in the header form; `shift` moves its date, `tamper` is appended to the signature."""
        parts, stamp = urllib.parse.urlsplit(url), self._stamp(shift)
        signed = {"host": parts.netloc, "x-amz-date": stamp, "x-amz-security-token": self.token}
        path = urllib.parse.quote(parts.path or "/", safe="/-_.~")  # encoded once more than it is sent
        scope, names, signature = self._signature(service, stamp, method, path, parts.query, signed,
                                                  hashlib.sha256(body).hexdigest())
        authorization = f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        signed.pop("host")
        head = signed | {"authorization": authorization[:-len(tamper) or None] + tamper} | (FORM if body else {})
        return send(url, method, head | dict(headers), body or None)

    def presign(self, host, cluster="demo", shift=0, scheme="https", path="/", header="x-k8s-aws-id", **changes):
        """A presigned GetCallerIdentity; a change to None leaves that parameter out (before it is signed)."""
        stamp = self._stamp(shift)
        scope = f"{stamp[:8]}/{self.region}/sts/aws4_request"
        headers = {"host": host} | ({header: cluster} if header else {})
        query = {"Action": "GetCallerIdentity", "Version": "2011-06-15", "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                 "X-Amz-Credential": f"{self.key}/{scope}", "X-Amz-Date": stamp, "X-Amz-Expires": "60",
                 "X-Amz-SignedHeaders": ";".join(sorted(headers)), "X-Amz-Security-Token": self.token} | changes
        pairs = sorted(urllib.parse.urlencode({name: value}, quote_via=urllib.parse.quote, safe="")
                       for name, value in query.items() if value is not None)
        text = "&".join(pairs)
        signature = self._signature("sts", stamp, "GET", path, text, headers, EMPTY_HASH)[2]
        return f"{scheme}://{host}{path}?{text}&X-Amz-Signature={signature}"

    def eks_token(self, host=None, **options):
        return "k8s-aws-v1." + b64(self.presign(host or f"sts.{self.region}.amazonaws.com", **options).encode())
