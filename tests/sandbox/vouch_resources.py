"""The resources of the Vouch server under `/v1`: session status and the ID token for AWS. Protocol reference 1.4, 1.9.

Order of the checks, as the real server has it: HTTP signature, access token, session, binding, DPoP proof.
"""

import urllib.parse

import arn
from dpop_check import NonceNeeded
from http_base import Refusal, json_response
from jose_check import JoseError

ALGORITHMS = 'algs="ES256 PS256 EdDSA"'


class Resources:
    """Part of one `VouchServer`, which is `server`."""

    def __init__(self, server):
        self._server = server

    def status(self, request):
        """Public: a refused token is an answer, not an error; only a stale nonce comes through."""
        try:
            session, _ = self._authenticate(request)
        except Refusal as refusal:
            if "use_dpop_nonce" in refusal.response.headers.get("WWW-Authenticate", ""):
                raise
            self._server.world.log.line(f"vouch.status: authenticated false: {refusal.reason}")
            return json_response(200, {"authenticated": False})
        left = int(session.expires - self._server.world.clock.now())
        return json_response(200, {"authenticated": True, "email": session.user.email, "expires_in_seconds": left,
                                   "device_name": "Security key"})

    def aws_token(self, request):
        self._server.signatures.check(request)
        nonce = self._server.signatures.new_nonce()
        try:
            response = self._aws_token(request)
        except Refusal as refusal:
            refusal.response.headers["Signature-Nonce"] = nonce
            raise
        response.headers["Signature-Nonce"] = nonce
        return response

    def _aws_token(self, request):
        session, proof = self._authenticate(request)
        if not session.hardware_verified:
            raise self._refusal(403, "hardware_required", "A hardware-verified session is required",
                                "session is not hardware-verified")
        role_arn = self._role_arn(request)
        agent = proof.claims.get("source", "")
        if not isinstance(agent, str):
            raise self._unauthorized("invalid_dpop_proof", "DPoP proof is invalid", "source claim is not a string")
        token, seconds = self._server.tokens.aws_id_token(session, role_arn, agent)
        return json_response(200, {"id_token": token, "expires_in": seconds}, Cache_Control="no-store")

    def _role_arn(self, request):
        try:
            pairs = urllib.parse.parse_qsl(request.query or "", keep_blank_values=True, errors="strict")
        except ValueError:
            pairs = [("role_arn", "")]
        values = [value for name, value in pairs if name == "role_arn"]
        if not values:
            return ""
        if len(values) > 1 or arn.parse_role(values[0]) is None:
            raise self._refusal(400, "invalid_role_arn", "role_arn is not a valid IAM role ARN",
                                "role_arn is repeated or not the ARN of an IAM role")
        return values[0]

    def _authenticate(self, request):
        """The session and the decoded DPoP proof of a request."""
        try:
            scheme, _, token = (request.header("Authorization") or "").partition(" ")
            if scheme.lower() not in ("dpop", "bearer"):
                raise JoseError("no access token")
            session = self._server.tokens.find_session(token)
            if scheme.lower() == "bearer":
                raise JoseError("a DPoP-bound token was sent as Bearer")
        except ValueError as error:
            raise self._unauthorized("invalid_token", "The access token is invalid", str(error)) from error
        try:
            proof, thumbprint = self._server.dpop.check(request, nonce_required=False, access_token=token)
        except NonceNeeded as error:
            raise self._unauthorized("use_dpop_nonce", "Resource server requires nonce in DPoP proof", str(error),
                                     {"DPoP-Nonce": self._server.dpop.new_nonce()}) from error
        except JoseError as error:
            raise self._unauthorized("invalid_dpop_proof", "DPoP proof is invalid", str(error)) from error
        if thumbprint != session.thumbprint:
            raise self._unauthorized("invalid_token", "The access token is bound to another key",
                                     "DPoP key is not the one the session is bound to")
        return session, proof

    def _refusal(self, status, error, message, reason):
        body = {self._server.world.settings.error_field: error, "message": message}
        return Refusal(json_response(status, body), reason)

    def _unauthorized(self, error, message, reason, headers=None):
        refusal = self._refusal(401, error, message, reason)
        challenge = f'DPoP error="{error}", error_description="{message}", {ALGORITHMS}'
        refusal.response.headers.update({"WWW-Authenticate": challenge} | (headers or {}))
        return refusal
