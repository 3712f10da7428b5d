"""The Vouch server: registration, challenge, token, revocation, discovery. What lies under `/v1` is in
`vouch_resources.py`. Protocol reference, sections 1 and 3.
"""

import json
import secrets

import jose_check
import vouch_resources
import webauthn_check
from client_auth import GRANT_DEVICE, GRANT_EXCHANGE, GRANT_FIDO2, Clients, oauth_refusal
from dpop_check import DpopChecker, NonceNeeded
from http_base import FormError, Refusal, Service, json_response, parse_form
from http_signature_check import BODY_LIMIT, SignatureChecker
from jose_check import JoseError
from vouch_tokens import Tokens
from webauthn_check import AssertionRefused, Users
from world import OnceStore

STATE_SECONDS = 300
CREDENTIAL_BODY_LIMIT = 8 * 1024
TYPE_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TYPE_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
CLIENT_FIELDS = {"client_id", "client_assertion", "client_assertion_type"}
TOKEN_FIELDS = CLIENT_FIELDS | {
    "grant_type", "assertion", "scope", "authorization_details", "subject_token", "subject_token_type",
    "requested_token_type", "audience", "resource", "actor_token", "actor_token_type", "device_code"}


class VouchServer(Service):
    """One server with its users, clients and sessions. `base` is its URL and the issuer of its tokens."""

    name = "vouch"

    def __init__(self, world, base):
        self.world = world
        self.base = base
        self.users = Users(world.settings.rp_id)
        self.clients = Clients(world, base)
        self.tokens = Tokens(world, base)
        self.dpop = DpopChecker(world, base)
        self.signatures = SignatureChecker(world, self.clients)
        self._state_secret = secrets.token_bytes(32)
        self._used_states = OnceStore(world.clock)
        self._resources = vouch_resources.Resources(self)
        self._routes = {
            ("POST", "/oauth/register"): ("register", self._register),
            ("POST", "/oauth/fido2/challenge"): ("challenge", self._challenge),
            ("POST", "/oauth/token"): ("token", self._token),
            ("POST", "/oauth/revoke"): ("revoke", self._revoke),
            ("GET", "/oauth/jwks"): ("jwks", lambda request: json_response(200, self.tokens.jwks())),
            ("GET", "/.well-known/openid-configuration"): ("discovery", self._discovery),
            ("GET", "/v1/auth/status"): ("status", self._resources.status),
            ("GET", "/v1/credentials/aws/token"): ("aws_token", self._resources.aws_token),
        }

    def operation(self, request):
        if request.method == "GET" and request.path.startswith("/oauth/register/"):
            return "registration"
        return self._routes.get((request.method, request.path), ("unknown",))[0]

    def handle(self, request, operation):
        if operation == "registration":
            return self._read_registration(request)
        if operation == "unknown":
            if request.path.startswith("/v1/"):
                self.signatures.check(request)
            known = any(path == request.path for _, path in self._routes)
            raise Refusal(self.failure(405 if known else 404, "", ""), f"no {request.method} {request.path}")
        return self._routes[request.method, request.path][1](request)

    def body_limit(self, path):
        if path.startswith("/v1/credentials/"):
            return CREDENTIAL_BODY_LIMIT
        return BODY_LIMIT if path.startswith("/v1/") else super().body_limit(path)

    def failure(self, status, code, message, request=None):
        usual = {400: "invalid_request", 401: "invalid_token", 403: "access_denied", 404: "not_found",
                 405: "method_not_allowed", 413: "payload_too_large", 429: "rate_limited"}
        error = code or usual.get(status, "server_error")
        if request is not None and request.path.startswith("/v1/"):
            return json_response(status, {self.world.settings.error_field: error, "message": message or error})
        return json_response(status, {"error": error, "error_description": message or error})

    def throttled(self, fault, request):
        response = self.failure(429, "", "Too many requests", request)
        response.headers["Retry-After"] = str(fault.retry_after)
        return response

    def _discovery(self, request):
        return json_response(200, {
            "issuer": self.base, "jwks_uri": f"{self.base}/oauth/jwks", "token_endpoint": f"{self.base}/oauth/token",
            "registration_endpoint": f"{self.base}/oauth/register", "revocation_endpoint": f"{self.base}/oauth/revoke",
            "grant_types_supported": [GRANT_DEVICE, GRANT_FIDO2, GRANT_EXCHANGE], "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "dpop_signing_alg_values_supported": ["ES256"], "claims_supported": ["sub", "email", "iss", "aud", "exp"]})

    def _register(self, request):
        if request.media_type() != "application/json":
            raise Refusal(self.failure(415, "invalid_request", "Expected application/json"), "media type is not JSON")
        try:
            metadata = json.loads(request.body)
        except ValueError as error:
            raise oauth_refusal(400, "invalid_client_metadata", "Body is not JSON", "body is not JSON") from error
        return json_response(201, self.clients.register(metadata), Cache_Control="no-store")

    def _read_registration(self, request):
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        answer = self.clients.read(request.path.rpartition("/")[2], token if scheme.lower() == "bearer" else "")
        if answer is None:
            raise oauth_refusal(401, "invalid_token", "The registration access token is invalid",
                                "client unknown, or not its registration access token",
                                WWW_Authenticate='Bearer error="invalid_token"')
        return json_response(200, answer, Cache_Control="no-store")

    def _form(self, request, known):
        if request.media_type() != "application/x-www-form-urlencoded":
            raise Refusal(self.failure(415, "invalid_request", "Expected application/x-www-form-urlencoded"),
                          "media type is not a form")
        try:
            return parse_form(request.body.decode("ascii"), known)
        except (FormError, UnicodeDecodeError) as error:
            raise oauth_refusal(400, "invalid_request", "Malformed form", str(error)) from error

    def _challenge(self, request):
        client = self.clients.authenticate(self._form(request, CLIENT_FIELDS))
        self.clients.require_grant(client, GRANT_FIDO2)
        challenge, now = jose_check.b64url(secrets.token_bytes(32)), int(self.world.clock.now())
        state = jose_check.sign_hs256(self._state_secret, {"typ": "JWT"}, {
            "client_id": client.client_id, "challenge": challenge, "iat": now, "exp": now + STATE_SECONDS,
            "jti": secrets.token_hex(16)})
        body = {"challenge": challenge, "rp_id": self.world.settings.rp_id, "state": state}
        return json_response(200, body, DPoP_Nonce=self.dpop.new_nonce(), Cache_Control="no-store")

    def _token(self, request):
        form = self._form(request, TOKEN_FIELDS)
        thumbprint = self._token_proof(request)
        client = self.clients.authenticate(form)
        grant = form.get("grant_type")
        if grant is None:
            raise oauth_refusal(400, "invalid_request", "grant_type is missing", "grant_type is missing")
        grants = {GRANT_FIDO2: self._grant_fido2, GRANT_EXCHANGE: self._grant_exchange}
        if grant not in grants:
            raise oauth_refusal(400, "unsupported_grant_type", "Unsupported grant type", f"grant_type {grant}")
        self.clients.require_grant(client, grant)
        return grants[grant](form, client, thumbprint)

    def _token_proof(self, request):
        """The thumbprint of the DPoP key. Comes before client authentication: a nonce refusal spends no assertion."""
        try:
            return self.dpop.check(request, nonce_required=True)[1]
        except NonceNeeded as error:
            raise oauth_refusal(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof", str(error),
                                DPoP_Nonce=self.dpop.new_nonce()) from error
        except JoseError as error:
            raise oauth_refusal(400, "invalid_dpop_proof", "DPoP proof is invalid", str(error)) from error

    def _grant_fido2(self, form, client, thumbprint):
        if thumbprint not in client.jwks:
            raise oauth_refusal(400, "invalid_dpop_proof", "DPoP proof is invalid", "DPoP key is not the client's key")
        if "assertion" not in form:
            raise oauth_refusal(400, "invalid_request", "assertion is missing", "assertion is missing")
        self._check_posture(form.get("authorization_details"))
        try:
            assertion = webauthn_check.parse_assertion(form["assertion"])
            user = self.users.verify(assertion, self._use_state(assertion["state"], client))
        except (AssertionRefused, JoseError) as error:
            raise oauth_refusal(400, "invalid_grant", "Authentication failed", str(error)) from error
        scope = form.get("scope", "openid email")
        token, seconds = self.tokens.start_session(user, client.client_id, thumbprint, scope)
        return json_response(200, {"access_token": token, "token_type": "DPoP", "expires_in": seconds, "scope": scope,
                                   "email": user.email}, Cache_Control="no-store")

    def _use_state(self, text, client):
        """The challenge inside a state, which is good once, for the client that fetched it."""
        state = jose_check.decode(text)
        jose_check.require_hs256(state, self._state_secret)
        if state.claims["exp"] <= self.world.clock.now():
            raise JoseError("state has expired")
        if state.claims["client_id"] != client.client_id:
            raise JoseError("state is of another client")
        if not self._used_states.take(state.claims["jti"], state.claims["exp"]):
            raise JoseError("state was used before")
        return state.claims["challenge"]

    @staticmethod
    def _check_posture(text):
        try:
            details = json.loads(text) if text else []
        except ValueError:
            details = None
        if not isinstance(details, list) or not all(isinstance(one, dict) and "type" in one for one in details):
            raise oauth_refusal(400, "invalid_authorization_details", "authorization_details is malformed",
                                "authorization_details is not an array of typed objects")

    def _grant_exchange(self, form, client, thumbprint):
        if form.get("subject_token_type") != TYPE_ACCESS_TOKEN or form.get("requested_token_type") != TYPE_ID_TOKEN:
            raise oauth_refusal(400, "invalid_request", "Unsupported token type", "subject or requested token type")
        if "actor_token" in form or "actor_token_type" in form:
            raise oauth_refusal(400, "invalid_request", "actor_token cannot yield an ID token", "actor_token was sent")
        try:
            session = self.tokens.find_session(form.get("subject_token"))
        except JoseError as error:
            raise oauth_refusal(400, "invalid_grant", "Subject token is invalid", str(error)) from error
        if session.client_id != client.client_id or not session.hardware_verified:
            raise oauth_refusal(400, "invalid_grant", "Subject token is invalid",
                                "session is of another client, or not hardware-verified")
        if thumbprint != session.thumbprint:
            raise oauth_refusal(400, "invalid_request", "DPoP key does not match the subject token",
                                "DPoP key is not the one the session is bound to")
        token, seconds = self.tokens.kubernetes_id_token(session, form.get("audience", self.base))
        return json_response(200, {"access_token": token, "issued_token_type": TYPE_ID_TOKEN, "token_type": "N_A",
                                   "expires_in": seconds}, Cache_Control="no-store")

    def _revoke(self, request):
        form = self._form(request, CLIENT_FIELDS | {"token", "token_type_hint"})
        client = self.clients.authenticate(form)
        if "token" not in form:
            raise oauth_refusal(400, "invalid_request", "token is missing", "token is missing")
        self.tokens.revoke(form["token"], client.client_id)
        return json_response(200, {})
