"""The security keys of an account: `/v1/keys`. Protocol reference 1.8. Part of `vouch_server.py`.

Bytes travel as JSON arrays of numbers here, not as base64url.
"""

import re
import secrets
import time

import attestation_check
import jose_check
from accounts import Key, KnownCredential
from http_base import json_response
from jose_check import JoseError
from webauthn_check import AssertionRefused
from world import OnceStore

STATE_SECONDS = 300
LONGEST_NAME = 100
BINARIES = ("credential_id", "public_key", "attestation_object", "client_data_json")
NO_AAGUID = "00000000-0000-0000-0000-000000000000"
_ONE_KEY = re.compile(r"/v1/keys/([^/]+)")
_ROUTES = {("GET", "/v1/keys"): "keys", ("POST", "/v1/keys/register/start"): "key_start",
           ("POST", "/v1/keys/register/complete"): "key_complete"}


def operation(request):
    """The name of the operation on keys that `request` asks for, or None."""
    if _ONE_KEY.fullmatch(request.path):
        return {"PATCH": "key_rename", "DELETE": "key_remove"}.get(request.method)
    return _ROUTES.get((request.method, request.path))


class KeyResources:
    def __init__(self, server, access):
        self._server = server
        self._access = access
        self._state_secret = secrets.token_bytes(32)
        self._used_states = OnceStore(server.world.clock)
        self.by_operation = {"keys": access.signed(self._list), "key_rename": access.signed(self._rename),
                             "key_remove": access.signed(self._remove), "key_start": access.signed(self._start),
                             "key_complete": access.signed(self._complete)}

    def _list(self, request, session, proof):
        keys = self._server.users.keys(session.user)
        return json_response(200, {"keys": [_describe(key, key is session.key) for key in keys]})

    def _rename(self, request, session, proof):
        name = self._name(self._access.json_body(request))
        if not self._server.users.rename_key(session.user, _key_id(request), name):
            raise self._no_such_key(request)
        return json_response(200, {"message": "Key renamed"})

    def _remove(self, request, session, proof):
        self._access.require_recent_touch(session)
        key = self._server.users.remove_key(session.user, _key_id(request))
        if key is None:
            raise self._no_such_key(request)
        return json_response(200, {"message": "Key removed", "sessions_revoked": self._server.tokens.revoke_key(key)})

    def _start(self, request, session, proof):
        name = self._name(self._access.json_body(request))
        keys, settings = self._server.users.keys(session.user), self._server.world.settings
        if keys and settings.step_up_register:
            self._access.require_recent_touch(session)
        challenge, user = secrets.token_bytes(32), session.user
        now = int(self._server.world.clock.now())
        state = jose_check.sign_hs256(self._state_secret, {"typ": "JWT"}, {
            "sub": str(user.user_id), "name": name, "challenge": jose_check.b64url(challenge), "iat": now,
            "exp": now + STATE_SECONDS, "jti": secrets.token_hex(16)})
        return json_response(200, {
            "challenge": list(challenge), "rp_id": settings.rp_id, "rp_name": "Vouch", "user_id": str(user.user_id),
            "user_name": user.email, "algorithms": [attestation_check.ES256], "state": state,
            "exclude_credential_ids": [list(key.credential_id) for key in keys]}, Cache_Control="no-store")

    def _complete(self, request, session, proof):
        body = self._access.json_body(request)
        made = {name: self._bytes(body, name) for name in BINARIES}
        try:
            state = self._use_state(body.get("state"), session.user)
            new = attestation_check.verify(made, state["challenge"], self._server.world.settings.rp_id)
        except (AssertionRefused, JoseError) as error:
            raise self._access.refusal(400, "registration_failed", "Key registration failed", str(error)) from error
        key = Key(new.credential_id, new.public_key, new.aaguid, state["name"], new.counter)
        try:
            self._server.users.add_key(session.user, key)
        except KnownCredential as error:
            raise self._access.refusal(409, "already_registered", "Key is registered already", str(error)) from error
        return json_response(200, {"device_id": key.key_id, "message": "Key registered"})

    def _use_state(self, text, user):
        """The claims of a state, which is good once, for the account that asked for it."""
        state = jose_check.decode(text if isinstance(text, str) else "")
        jose_check.require_hs256(state, self._state_secret)
        if state.claims["exp"] <= self._server.world.clock.now():
            raise JoseError("state has expired")
        if state.claims["sub"] != str(user.user_id):
            raise JoseError("state is of another account")
        if not self._used_states.take(state.claims["jti"], state.claims["exp"]):
            raise JoseError("state was used before")
        return state.claims

    def _name(self, body):
        """A name for people, as pitfall 16 of the reference has it."""
        name = body.get("name")
        name = name.strip() if isinstance(name, str) else ""
        if not 1 <= len(name) <= LONGEST_NAME:
            raise self._access.refusal(400, "invalid_name", f"A name has 1 to {LONGEST_NAME} characters",
                                       f"name is no text, or has {len(name)} characters")
        return name

    def _bytes(self, body, name):
        value = body.get(name)
        if isinstance(value, list) and all(type(one) is int and 0 <= one <= 255 for one in value):
            return bytes(value)
        raise self._access.refusal(400, "invalid_request", f"{name} is not an array of bytes",
                                   f"{name} is missing or not an array of numbers from 0 to 255")

    def _no_such_key(self, request):
        return self._access.refusal(404, "not_found", "No such key", f"the account has no key {_key_id(request)}")


def _key_id(request):
    return _ONE_KEY.fullmatch(request.path)[1]


def _describe(key, is_current):
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(key.created))
    shown = {"id": key.key_id, "name": key.name, "created_at": created, "is_current_session": is_current}
    if key.aaguid != NO_AAGUID:
        shown |= {"device_model": "Softkey", "aaguid": key.aaguid}
    return shown
