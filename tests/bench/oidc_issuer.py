"""A minimal OpenID Connect issuer on loopback: it gives kubelogin one ID token, which kubelogin then answers from its cache.

Everybody who asks by the password grant is alice. RS256, signed by the openssl command. For measurements only.
"""

import base64
import contextlib
import http.server
import json
import subprocess
import threading
import time

CLIENT_ID = "bench"
LIFETIME = 8 * 3600


@contextlib.contextmanager
def issuer(folder):
    """Serves while the block runs; gives the issuer's URL. Its key is made in `folder`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.key = folder / "issuer.pem"
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    _openssl("genrsa", "-out", server.key, "2048")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = self.server.url
        answers = {
            "/.well-known/openid-configuration": {
                "issuer": url, "authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/keys", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"]},
            "/keys": {"keys": [_public_key(self.server.key)]},
        }
        self._answer(answers.get(self.path))

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = _id_token(self.server.key, self.server.url)
        self._answer({"access_token": "none", "token_type": "Bearer", "expires_in": LIFETIME, "id_token": token})

    def _answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """A measurement's output is its tables."""


def _id_token(key, url):
    now = int(time.time())
    claims = {"iss": url, "sub": "alice", "aud": CLIENT_ID, "iat": now, "exp": now + LIFETIME}
    signed = f"{_part({'alg': 'RS256', 'kid': 'bench'})}.{_part(claims)}"
    return f"{signed}.{_base64url(_openssl('dgst', '-sha256', '-sign', key, stdin=signed.encode()))}"


def _public_key(key):
    modulus = _openssl("rsa", "-in", key, "-noout", "-modulus").decode().strip().removeprefix("Modulus=")
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "bench", "e": "AQAB",
            "n": _base64url(bytes.fromhex(modulus))}


def _part(document):
    return _base64url(json.dumps(document).encode())


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _openssl(*words, stdin=None):
    return subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True, check=True).stdout
