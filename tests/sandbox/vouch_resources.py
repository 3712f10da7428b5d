"""The resources of the Vouch server under `/v1`: session status and the ID token for AWS. Protocol reference 1.4, 1.9.
Those of the keys are in `key_resources.py`.
"""

import urllib.parse

import arn
from http_base import Refusal, json_response


class Resources:
    """Part of one `VouchServer`, which is `server`."""

    def __init__(self, server, access):
        self._server = server
        self._access = access

    def status(self, request):
        """Public: a refused token is an answer, not an error; only a stale nonce comes through."""
        try:
            session, _ = self._access.authenticate(request)
        except Refusal as refusal:
            if "use_dpop_nonce" in refusal.response.headers.get("WWW-Authenticate", ""):
                raise
            self._server.world.log.line(f"vouch.status: authenticated false: {refusal.reason}")
            return json_response(200, {"authenticated": False})
        left = int(session.expires - self._server.world.clock.now())
        answer = {"authenticated": True, "email": session.user.email, "expires_in_seconds": left}
        return json_response(200, answer | ({"device_name": session.key.name} if session.key else {}))

    def aws_token(self, request, session, proof):
        if not session.hardware_verified:
            raise self._access.refusal(403, "hardware_required", "A hardware-verified session is required",
                                       "session is not hardware-verified")
        role_arn = self._role_arn(request)
        agent = proof.claims.get("source", "") if proof else ""
        if not isinstance(agent, str):
            raise self._access.unauthorized("invalid_dpop_proof", "DPoP proof is invalid",
                                            "source claim is not a string")
        token, seconds = self._server.tokens.aws_id_token(session, role_arn, agent)
        return json_response(200, {"id_token": token, "expires_in": seconds}, Cache_Control="no-store")

    def _role_arn(self, request):
        if self._server.world.settings.old_server:
            return ""  # before v2026.7.2 the query was ignored
        try:
            pairs = urllib.parse.parse_qsl(request.query or "", keep_blank_values=True, errors="strict")
        except ValueError:
            pairs = [("role_arn", "")]
        values = [value for name, value in pairs if name == "role_arn"]
        if not values:
            return ""
        if len(values) > 1 or arn.parse_role(values[0]) is None:
            raise self._access.refusal(400, "invalid_role_arn", "role_arn is not a valid IAM role ARN",
                                       "role_arn is repeated or not the ARN of an IAM role")
        return values[0]
