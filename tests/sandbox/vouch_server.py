"""The Vouch server: registration, challenge, device flow, token, revocation, discovery. The grants are in `grants.py`,
what lies under `/v1` is in `vouch_resources.py`. Protocol reference, sections 1 and 3.
"""

import json
import urllib.parse

import arn
import key_resources
from accounts import Users
from client_auth import GRANT_DEVICE, GRANT_EXCHANGE, GRANT_FIDO2, Clients, oauth_refusal
from device_flow import DeviceFlow
from device_page import DevicePage
from dpop_check import DpopChecker, NonceNeeded
from grants import Grants
from http_base import FormError, Refusal, Service, json_response, parse_form
from http_signature_check import BODY_LIMIT, SignatureChecker
from jose_check import JoseError
from resource_access import ResourceAccess
from vouch_resources import Resources
from vouch_tokens import Tokens

CREDENTIAL_BODY_LIMIT = 8 * 1024
CLIENT_FIELDS = {"client_id", "client_assertion", "client_assertion_type"}
TOKEN_NAMES = {GRANT_FIDO2: "token_fido2", GRANT_DEVICE: "token_device", GRANT_EXCHANGE: "token_exchange"}
TOKEN_FIELDS = CLIENT_FIELDS | {
    "grant_type", "assertion", "scope", "authorization_details", "subject_token", "subject_token_type",
    "requested_token_type", "audience", "resource", "actor_token", "actor_token_type", "device_code"}


class VouchServer(Service):
    """One server with its users, clients and sessions. `base` is its URL and the issuer of its tokens."""

    name = "vouch"

    def __init__(self, world, base):
        self.world = world
        self.base = base
        self.users = Users(world.clock)
        self.clients = Clients(world, base)
        self.tokens = Tokens(world, base)
        self.dpop = DpopChecker(world, base)
        self.signatures = SignatureChecker(world, self.clients)
        self.device_flow = DeviceFlow(world, self.users)
        self.grants = Grants(world, base, self.users, self.tokens, self.device_flow)
        self._page = DevicePage(self.device_flow)
        access = ResourceAccess(self)
        resources = Resources(self, access)
        self._keys = key_resources.KeyResources(self, access)
        self._routes = {
            ("POST", "/oauth/register"): ("register", self._register),
            ("POST", "/oauth/device"): ("device", self._device),
            ("GET", "/device"): ("device_page", self._page.show),
            ("POST", "/device/approve"): ("device_approve", self._page.decide),
            ("POST", "/oauth/fido2/challenge"): ("challenge", self._challenge),
            ("POST", "/oauth/token"): ("token", self._token),
            ("POST", "/oauth/revoke"): ("revoke", self._revoke),
            ("GET", "/oauth/jwks"): ("jwks", lambda request: json_response(200, self.tokens.jwks())),
            ("GET", "/.well-known/openid-configuration"): ("discovery", self._discovery),
            ("GET", "/v1/auth/status"): ("status", resources.status),
            ("GET", "/v1/credentials/aws/token"): ("aws_token", access.signed(resources.aws_token)),
        }

    def operation(self, request):
        if request.method == "GET" and request.path.startswith("/oauth/register/"):
            return "registration"
        known = self._routes.get((request.method, request.path))
        return known[0] if known else key_resources.operation(request) or "unknown"

    def handle(self, request, operation):
        if operation == "registration":
            return self._read_registration(request)
        if operation in self._keys.by_operation:
            return self._keys.by_operation[operation](request)
        if operation == "unknown":
            if request.path.startswith("/v1/"):
                self.signatures.check(request)
            known = any(path == request.path for _, path in self._routes)
            raise Refusal(self.failure(405 if known else 404, "", ""), f"no {request.method} {request.path}")
        return self._routes[request.method, request.path][1](request)

    def operations(self):
        """All names that a request can have."""
        return {"registration", "unknown", *(name for name, _ in self._routes.values()), *self._keys.by_operation,
                *TOKEN_NAMES.values()}

    def aliases(self, request, operation):
        if operation == "aws_token":
            role = arn.parse_role(urllib.parse.parse_qs(request.query or "").get("role_arn", [""])[0])
            return (f"aws_token@{role.name}",) if role else ()
        if operation != "token":
            return ()
        try:
            grant = parse_form(request.body.decode("ascii"), {"grant_type"}).get("grant_type")
        except ValueError:
            return ()
        return (TOKEN_NAMES[grant],) if grant in TOKEN_NAMES else ()

    def body_limit(self, path):
        if path.startswith("/v1/credentials/"):
            return CREDENTIAL_BODY_LIMIT
        return BODY_LIMIT if path.startswith("/v1/") else super().body_limit(path)

    def failure(self, status, code, message, request=None):
        usual = {400: "invalid_request", 401: "invalid_client", 403: "access_denied", 404: "not_found",
                 405: "method_not_allowed", 408: "request_timeout", 413: "payload_too_large", 415: "invalid_request",
                 429: "rate_limited"}
        if request is not None and request.path.startswith("/v1/"):
            error = code or (usual | {401: "invalid_token", 415: "unsupported_media_type"}).get(status, "server_error")
            response = json_response(status, {self.world.settings.error_field: error, "message": message or error})
            if status == 401:
                response.headers["WWW-Authenticate"] = f'DPoP error="{error}", error_description="{message or error}"'
            return response
        error = code or usual.get(status, "server_error")
        return json_response(status, {"error": error, "error_description": message or error})

    def throttled(self, fault, request):
        response = self.failure(429, "", "Too many requests", request)
        response.headers["Retry-After"] = str(fault.retry_after or 1)
        return response

    def _discovery(self, request):
        return json_response(200, {
            "issuer": self.base, "jwks_uri": f"{self.base}/oauth/jwks", "token_endpoint": f"{self.base}/oauth/token",
            "registration_endpoint": f"{self.base}/oauth/register", "revocation_endpoint": f"{self.base}/oauth/revoke",
            "device_authorization_endpoint": f"{self.base}/oauth/device",
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
        client_id = ""
        if not self._is_old_challenge(request):
            client = self.clients.authenticate(self._form(request, CLIENT_FIELDS))
            self.clients.require_grant(client, GRANT_FIDO2)
            client_id = client.client_id
        return json_response(200, self.grants.new_challenge(client_id), DPoP_Nonce=self.dpop.new_nonce(),
                             Cache_Control="no-store")

    def _is_old_challenge(self, request):
        """Old servers hand out a challenge to anyone, and take an empty JSON object for a body too."""
        if not self.world.settings.old_server:
            return False
        if request.media_type() == "application/json":
            return True
        return "client_assertion" not in self._form(request, CLIENT_FIELDS)

    def _device(self, request):
        form = self._form(request, CLIENT_FIELDS | {"scope"})
        if self.world.settings.old_server:
            client = self.clients.find(form.get("client_id"))
            if client is None:
                raise oauth_refusal(401, "invalid_client", "Unknown client", "client_id is missing or not registered")
        else:
            client = self.clients.authenticate(form)
        self.clients.require_grant(client, GRANT_DEVICE)
        code = self.device_flow.start(client.client_id, form.get("scope", "openid email"))
        page, settings = f"{self.base}/device", self.world.settings
        answer = {"device_code": code.device_code, "user_code": code.user_code, "verification_uri": page,
                  "expires_in": settings.device_seconds, "interval": settings.device_interval}
        if not settings.old_server:  # since v2026.7.1
            answer["verification_uri_complete"] = f"{page}?user_code={code.user_code}"
        return json_response(200, answer, Cache_Control="no-store")

    def _token(self, request):
        form = self._form(request, TOKEN_FIELDS)
        grant = form.get("grant_type")
        unbound = self.world.settings.old_server and grant == GRANT_DEVICE and not request.header_values("DPoP")
        thumbprint = None if unbound else self._token_proof(request)
        client = self.clients.authenticate(form)
        if grant is None:
            raise oauth_refusal(400, "invalid_request", "grant_type is missing", "grant_type is missing")
        if grant not in self.grants.by_type:
            raise oauth_refusal(400, "unsupported_grant_type", "Unsupported grant type", f"grant_type {grant}")
        self.clients.require_grant(client, grant)
        return self.grants.by_type[grant](form, client, thumbprint)

    def _token_proof(self, request):
        """The thumbprint of the DPoP key. Comes before client authentication: a nonce refusal spends no assertion."""
        try:
            return self.dpop.check(request, nonce_required=True)[1]
        except NonceNeeded as error:
            raise oauth_refusal(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof", str(error),
                                DPoP_Nonce=self.dpop.new_nonce()) from error
        except JoseError as error:
            raise oauth_refusal(400, "invalid_dpop_proof", "DPoP proof is invalid", str(error)) from error

    def _revoke(self, request):
        form = self._form(request, CLIENT_FIELDS | {"token", "token_type_hint"})
        client = self.clients.authenticate(form)
        if "token" not in form:
            raise oauth_refusal(400, "invalid_request", "token is missing", "token is missing")
        self.tokens.revoke(form["token"], client.client_id)
        return json_response(200, {})
