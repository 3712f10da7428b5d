"""Client registration (RFC 7591) and client authentication by `private_key_jwt` (RFC 7523, FAPI 2.0).

Protocol reference 1.1 and 3.3. Used by `vouch_server.py` for every OAuth endpoint.
"""

import dataclasses
import secrets
import threading

import jose_check
from http_base import Refusal, json_response
from jose_check import JoseError
from world import OnceStore

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANT_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_FIDO2 = "urn:ietf:params:oauth:grant-type:fido2-assertion"
GRANT_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
KNOWN_GRANTS = {"authorization_code", "refresh_token", GRANT_DEVICE, GRANT_FIDO2, GRANT_EXCHANGE}
TOLERANCE_SECONDS = 10
LONGEST_ASSERTION_SECONDS = 300


def oauth_refusal(status, error, description, reason, **headers):
    """A refusal as the OAuth endpoints word it."""
    body = {"error": error, "error_description": description}
    return Refusal(json_response(status, body, Cache_Control="no-store", **headers), reason)


@dataclasses.dataclass
class Client:
    client_id: str
    grants: list
    jwks: dict  # kid -> JWK
    registration_token: str
    metadata: dict


class Clients:
    """The registered clients of the server. Thread safe."""

    def __init__(self, world, base):
        self._world = world
        self._base = base
        self._lock = threading.Lock()
        self._by_id = {}
        self._seen = OnceStore(world.clock)

    def register(self, metadata):
        """The answer to `POST /oauth/register`."""
        grants, keys = self._check_metadata(metadata)
        client = Client(secrets.token_hex(16), grants, keys, secrets.token_urlsafe(32), metadata)
        with self._lock:
            self._by_id[client.client_id] = client
        return self._describe(client)

    def read(self, client_id, token):
        """The answer to GET of the registration_client_uri, or None when token and client do not belong together."""
        client = self.find(client_id)
        if client is None or not secrets.compare_digest(token.encode(), client.registration_token.encode()):
            return None
        return self._describe(client)

    def find(self, client_id):
        with self._lock:
            return self._by_id.get(client_id)

    def forget_all(self):
        """As after a reset of the server's database."""
        with self._lock:
            self._by_id.clear()

    def remove_grant(self, grant):
        """As for clients that registered before their program knew this grant."""
        with self._lock:
            for client in self._by_id.values():
                client.grants = [known for known in client.grants if known != grant]

    def authenticate(self, form):
        """The client that made this form; refuses with 401 `invalid_client`."""
        try:
            return self._check_assertion(form)
        except JoseError as error:
            raise oauth_refusal(401, "invalid_client", "Client authentication failed", str(error)) from error

    def require_grant(self, client, grant):
        if grant not in client.grants:
            raise oauth_refusal(400, "unauthorized_client", "The client is not authorized to use this grant type",
                                f"client did not register {grant}")

    def _check_assertion(self, form):
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise JoseError("client_assertion_type missing or not jwt-bearer")
        token = jose_check.decode(form.get("client_assertion"))
        client_id = jose_check.text(token, "iss")
        if client_id != token.claims.get("sub") or form.get("client_id", client_id) != client_id:
            raise JoseError("iss, sub and client_id are not the same")
        client = self.find(client_id)
        if client is None:
            raise JoseError("client is not registered")
        jwk = client.jwks.get(token.header.get("kid"))
        if jwk is None:
            raise JoseError("kid is not of a registered key")
        jose_check.require_es256(token, jose_check.public_key(jwk))
        if token.claims.get("aud") != self._base:
            raise JoseError(f"aud is {token.claims.get('aud')!r}, not exactly {self._base!r}")
        self._check_life(token)
        if not self._seen.take((client_id, jose_check.text(token, "jti")), token.claims["exp"] + TOLERANCE_SECONDS):
            raise JoseError("client assertion jti was used before")
        return client

    def _check_life(self, token):
        now = self._world.clock.now()
        issued, expires = jose_check.integer(token, "iat"), jose_check.integer(token, "exp")
        if issued > now + TOLERANCE_SECONDS:
            raise JoseError(f"client assertion iat is {issued - now:.0f} s in the future")
        if expires <= now - TOLERANCE_SECONDS:
            raise JoseError(f"client assertion expired {now - expires:.0f} s ago")
        if expires - issued > LONGEST_ASSERTION_SECONDS or expires <= issued:
            raise JoseError(f"client assertion lives {expires - issued} s")

    def _check_metadata(self, metadata):
        if not isinstance(metadata, dict):
            raise _bad_metadata("not a JSON object")
        if metadata.get("token_endpoint_auth_method") != "private_key_jwt":
            raise _bad_metadata("token_endpoint_auth_method is not private_key_jwt")
        if metadata.get("dpop_bound_access_tokens") is not True:
            raise _bad_metadata("dpop_bound_access_tokens is not true")
        for name in ("client_name", "software_id", "software_version"):
            if not isinstance(metadata.get(name, ""), str):
                raise _bad_metadata(f"{name} is not a string")
        return self._check_grants(metadata), _check_jwks(metadata)

    @staticmethod
    def _check_grants(metadata):
        grants = metadata.get("grant_types", ["authorization_code"])  # the default of RFC 7591, 2
        if not isinstance(grants, list) or not grants or not set(map(str, grants)) <= KNOWN_GRANTS:
            raise _bad_metadata("grant_types is not a list of grants we know")
        if "authorization_code" in grants and not metadata.get("redirect_uris"):
            raise oauth_refusal(400, "invalid_redirect_uri", "redirect_uris is required for authorization_code",
                                "authorization_code (the default without grant_types) needs redirect_uris")
        responses = metadata.get("response_types", ["code"])
        if not isinstance(responses, list) or (responses and "authorization_code" not in grants):
            raise _bad_metadata("response_types must be an empty list for these grants")
        return grants

    def _describe(self, client):
        return client.metadata | {
            "client_id": client.client_id, "client_id_issued_at": int(self._world.clock.now()),
            "grant_types": client.grants,
            "registration_access_token": client.registration_token,
            "registration_client_uri": f"{self._base}/oauth/register/{client.client_id}"}


def _check_jwks(metadata):
    jwks = metadata.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not keys or "jwks_uri" in metadata:
        raise _bad_metadata("jwks with at least one key is required, and no jwks_uri")
    by_kid = {}
    for jwk in keys:
        try:
            jose_check.public_key(jwk)
        except JoseError as error:
            raise _bad_metadata(str(error)) from error
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", "ES256") != "ES256":
            raise _bad_metadata("key is not for ES256 signatures")
        if jwk.get("kid") != jose_check.thumbprint(jwk):
            raise _bad_metadata("kid is not the thumbprint of the key")
        by_kid[jwk["kid"]] = jwk
    return by_kid


def _bad_metadata(reason):
    return oauth_refusal(400, "invalid_client_metadata", "Client metadata is invalid", reason)
