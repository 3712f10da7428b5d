"""What every resource under `/v1` has in common: who is asking, and how a refusal is worded. Protocol reference 1.0.

Order of the checks, as the real server has it: HTTP signature, access token, session, binding, DPoP proof.
"""

import json

from dpop_check import NonceNeeded
from http_base import Refusal, json_response
from jose_check import JoseError

ALGORITHMS = 'algs="ES256 PS256 EdDSA"'
STEP_UP_SECONDS = 60
STEP_UP_ACR = "phrh"  # phishing-resistant, hardware-protected (OpenID EAP ACR Values)


class ResourceAccess:
    """Part of one `VouchServer`, which is `server`."""

    def __init__(self, server):
        self._server = server

    def signed(self, handler):
        """`handler(request, session, proof)` as a route: after the checks, and with a fresh `Signature-Nonce`."""
        def handle(request):
            self._server.signatures.check(request)
            nonce = self._server.signatures.new_nonce()
            try:
                response = handler(request, *self.authenticate(request))
            except Refusal as refusal:
                refusal.response.headers["Signature-Nonce"] = nonce
                raise
            response.headers["Signature-Nonce"] = nonce
            return response
        return handle

    def authenticate(self, request):
        """The session and the decoded DPoP proof of a request; the proof is None for a session that is not bound."""
        try:
            scheme, _, token = (request.header("Authorization") or "").partition(" ")
            if scheme.lower() not in ("dpop", "bearer"):
                raise JoseError("no access token")
            session = self._server.tokens.find_session(token)
            if scheme.lower() == "bearer" and session.thumbprint is not None:
                raise JoseError("a DPoP-bound token was sent as Bearer")
            if scheme.lower() == "dpop" and session.thumbprint is None:
                raise JoseError("a token that is not bound was sent as DPoP")
        except ValueError as error:
            raise self.unauthorized("invalid_token", "The access token is invalid", str(error)) from error
        proof = None if session.thumbprint is None else self._proof(request, session, token)
        if not session.user.active:
            raise self.refusal(403, "user_deactivated", "This account has been deactivated", "account is deactivated")
        return session, proof

    def _proof(self, request, session, token):
        try:
            proof, thumbprint = self._server.dpop.check(request, nonce_required=False, access_token=token)
        except NonceNeeded as error:
            raise self.unauthorized("use_dpop_nonce", "Resource server requires nonce in DPoP proof", str(error),
                                    {"DPoP-Nonce": self._server.dpop.new_nonce()}) from error
        except JoseError as error:
            raise self.unauthorized("invalid_dpop_proof", "DPoP proof is invalid", str(error)) from error
        if thumbprint != session.thumbprint:
            raise self.unauthorized("invalid_token", "The access token is bound to another key",
                                    "DPoP key is not the one the session is bound to")
        return proof

    def require_recent_touch(self, session):
        """RFC 9470: the security key was touched in the last minute, by the clock of the sandbox."""
        age = self._server.world.clock.now() - (session.asserted_at or 0)
        if age <= STEP_UP_SECONDS:
            return
        error, message = "insufficient_user_authentication", "A recent touch of the security key is required"
        reason = f"last touch {age:.0f} s ago" if session.asserted_at else "no touch"
        refusal = self.refusal(401, error, message, reason)
        scheme = "DPoP" if session.thumbprint else "Bearer"
        refusal.response.headers["WWW-Authenticate"] = (
            f'{scheme} error="{error}", error_description="{message}", acr_values="{STEP_UP_ACR}", '
            f'max_age="{STEP_UP_SECONDS}"')
        raise refusal

    def json_body(self, request):
        """The JSON object of a request."""
        if request.media_type() != "application/json":
            raise self.refusal(415, "unsupported_media_type", "Expected application/json", "media type is not JSON")
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise self.refusal(400, "invalid_request", "Body is not a JSON object", "body is not a JSON object")
        return body

    def refusal(self, status, error, message, reason):
        body = {self._server.world.settings.error_field: error, "message": message}
        return Refusal(json_response(status, body), reason)

    def unauthorized(self, error, message, reason, headers=None):
        refusal = self.refusal(401, error, message, reason)
        challenge = f'DPoP error="{error}", error_description="{message}", {ALGORITHMS}'
        refusal.response.headers.update({"WWW-Authenticate": challenge} | (headers or {}))
        return refusal
