"""The three grants of the token endpoint: FIDO2 assertion, device code, token exchange; and the challenge that the
first one answers. Protocol reference 1.2, 1.3, 1.7. Part of `vouch_server.py`, which has checked proof and client.
"""

import secrets

import jose_check
import posture_check
import webauthn_check
from client_auth import GRANT_DEVICE, GRANT_EXCHANGE, GRANT_FIDO2, oauth_refusal
from http_base import json_response
from jose_check import JoseError
from webauthn_check import AssertionRefused
from world import OnceStore

STATE_SECONDS = 300
TYPE_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TYPE_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"


class Grants:
    """`users`, `tokens` and `device_flow` are those of the server whose issuer is `base`."""

    def __init__(self, world, base, users, tokens, device_flow):
        self._world = world
        self._base = base
        self._users = users
        self._tokens = tokens
        self._device_flow = device_flow
        self._state_secret = secrets.token_bytes(32)
        self._used_states = OnceStore(world.clock)
        self.last_posture = None
        self.by_type = {GRANT_FIDO2: self._fido2, GRANT_DEVICE: self._device, GRANT_EXCHANGE: self._exchange}

    def new_challenge(self, client_id):
        """The body of a challenge answer. `client_id` empty = the state is bound to no client."""
        challenge, now = jose_check.b64url(secrets.token_bytes(32)), int(self._world.clock.now())
        state = jose_check.sign_hs256(self._state_secret, {"typ": "JWT"}, {
            "client_id": client_id, "challenge": challenge, "iat": now, "exp": now + STATE_SECONDS,
            "jti": secrets.token_hex(16)})
        return {"challenge": challenge, "rp_id": self._world.settings.rp_id, "state": state}

    def _fido2(self, form, client, thumbprint):
        _require_key_of(client, thumbprint)
        if "assertion" not in form:
            raise oauth_refusal(400, "invalid_request", "assertion is missing", "assertion is missing")
        posture = posture_check.parse(form.get("authorization_details"))
        self.last_posture = posture
        try:
            assertion = webauthn_check.parse_assertion(form["assertion"])
            challenge = self._use_state(assertion["state"], client)
            user, key = webauthn_check.verify(assertion, challenge, self._users, self._world.settings.rp_id)
        except (AssertionRefused, JoseError) as error:
            raise oauth_refusal(400, "invalid_grant", "Authentication failed", str(error)) from error
        if not user.active:
            raise oauth_refusal(400, "invalid_grant", "Authentication failed", "account is deactivated")
        posture_check.require(posture, self._world.settings.posture)
        scope = form.get("scope", "openid email")
        return self._session(user, key, client, thumbprint, scope, self._world.clock.now())

    def _use_state(self, text, client):
        """The challenge inside a state, which is good once, for the client that fetched it."""
        state = jose_check.decode(text)
        jose_check.require_hs256(state, self._state_secret)
        if state.claims["exp"] <= self._world.clock.now():
            raise JoseError("state has expired")
        if state.claims["client_id"] not in ("", client.client_id):
            raise JoseError("state is of another client")
        if not self._used_states.take(state.claims["jti"], state.claims["exp"]):
            raise JoseError("state was used before")
        return state.claims["challenge"]

    def _device(self, form, client, thumbprint):
        """Servers before v2026.8.4 bound these sessions to no key."""
        if thumbprint is not None:
            _require_key_of(client, thumbprint)
        if "device_code" not in form:
            raise oauth_refusal(400, "invalid_request", "device_code is missing", "device_code is missing")
        code = self._device_flow.poll(form["device_code"], client.client_id)
        keys = self._users.keys(code.user)
        key = keys[0] if keys and code.asserted_at is not None else None
        bound = None if self._world.settings.old_server else thumbprint
        return self._session(code.user, key, client, bound, code.scope, code.asserted_at)

    def _session(self, user, key, client, thumbprint, scope, asserted_at):
        token, seconds = self._tokens.start_session(user, key, client.client_id, thumbprint, scope, asserted_at)
        return json_response(200, {"access_token": token, "token_type": "DPoP" if thumbprint else "Bearer",
                                   "expires_in": seconds, "scope": scope, "email": user.email},
                             Cache_Control="no-store")

    def _exchange(self, form, client, thumbprint):
        if form.get("subject_token_type") != TYPE_ACCESS_TOKEN or form.get("requested_token_type") != TYPE_ID_TOKEN:
            raise oauth_refusal(400, "invalid_request", "Unsupported token type", "subject or requested token type")
        if "actor_token" in form or "actor_token_type" in form:
            raise oauth_refusal(400, "invalid_request", "actor_token cannot yield an ID token", "actor_token was sent")
        try:
            session = self._tokens.find_session(form.get("subject_token"))
        except JoseError as error:
            raise oauth_refusal(400, "invalid_grant", "Subject token is invalid", str(error)) from error
        if session.client_id != client.client_id or not session.hardware_verified or not session.user.active:
            raise oauth_refusal(400, "invalid_grant", "Subject token is invalid",
                                "session is of another client, not hardware-verified, or of a deactivated account")
        if session.thumbprint is not None and thumbprint != session.thumbprint:
            raise oauth_refusal(400, "invalid_request", "DPoP key does not match the subject token",
                                "DPoP key is not the one the session is bound to")
        token, seconds = self._tokens.kubernetes_id_token(session, form.get("audience", self._base))
        kind = "Bearer" if self._world.settings.old_server else "N_A"
        return json_response(200, {"access_token": token, "issued_token_type": TYPE_ID_TOKEN, "token_type": kind,
                                   "expires_in": seconds}, Cache_Control="no-store")


def _require_key_of(client, thumbprint):
    if thumbprint not in client.jwks:
        raise oauth_refusal(400, "invalid_dpop_proof", "DPoP proof is invalid", "DPoP key is not the client's key")
