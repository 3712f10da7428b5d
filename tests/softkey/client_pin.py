"""authenticatorClientPIN (CTAP 2.1, 6.5.5): setting, changing and checking the PIN, and the tokens that prove it."""

import hmac
import time

from errors import Ctap2Error, Status
from keyfile import PIN_RETRIES, pin_hash
from pin import ProtocolOne, ProtocolTwo

TRIES_IN_A_ROW = 3  # then the key wants to be unplugged (6.5.5.7.2 step 8)
MAKE_CREDENTIAL, GET_ASSERTION = 0x01, 0x02  # permissions
PRESENCE_SECONDS = 30  # 6.5.2.1: how long the finger of built-in UV counts as the touch, too


class ClientPin:
    """Lives as long as the key is plugged in; what must outlive that is in the key file."""

    def __init__(self, key_file, model):
        self._file = key_file
        self._finger = model.fingerprint
        self._plug = model.plug
        versions = (ProtocolTwo, ProtocolOne) if key_file.ctap == "2.1" else (ProtocolOne,)
        self._protocols = {v.version: v() for v in versions}
        self._wrong_in_a_row = 0
        self._permissions = 0
        self._bound_rp_id = None
        self._present_until = 0.0

    def versions(self):
        return list(self._protocols)

    def handle(self, request, wait_for_touch):
        commands = {1: self._get_retries, 2: self._get_key_agreement, 3: self._set_pin, 4: self._change_pin,
                    5: self._get_pin_token}
        if self._file.ctap == "2.1":
            commands[9] = self._get_token_with_permissions
        if self._file.ctap == "2.1" and self._finger:
            commands[6] = lambda asked: self._get_token_using_uv(asked, wait_for_touch)
            commands[7] = lambda _asked: {5: self._finger.retries}
        command = commands.get(request.get(2))
        if command is None:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        return command(request)

    def check(self, request_param, request_version, message, permission, rp_id):
        """Verifies a pinUvAuthParam, which proves that the user was verified."""
        if self._file.pin_hash is None and not self._finger:
            raise Ctap2Error(Status.PIN_NOT_SET)
        protocol = self._protocol(request_version)
        if not protocol.verify(protocol.token, message, request_param) or not self._permissions & permission:
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        if self._bound_rp_id not in (None, rp_id):
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        self._bound_rp_id = rp_id

    def user_is_present(self):
        """Whether the touch was made already, for the token."""
        return time.monotonic() < self._present_until

    def token_was_used(self):
        """One touch, one use (6.1.2 and 6.2.2: clearPinUvAuthTokenPermissionsExceptLbw)."""
        self._present_until = 0.0
        if self._file.ctap == "2.1":
            self._permissions = 0

    def _protocol(self, version):
        if version is None:
            raise Ctap2Error(Status.MISSING_PARAMETER)
        if version not in self._protocols:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        return self._protocols[version]

    @staticmethod
    def _refuse_missing(request, *parameters):
        if any(parameter not in request for parameter in parameters):
            raise Ctap2Error(Status.MISSING_PARAMETER)

    def _shared_secret(self, request):
        self._refuse_missing(request, 1, 3)
        protocol = self._protocol(request.get(1))
        try:
            return protocol, protocol.decapsulate(request[3])
        except (KeyError, ValueError, TypeError):
            raise Ctap2Error(Status.INVALID_PARAMETER) from None

    def _get_retries(self, _request):
        return {3: self._file.pin_retries, 4: self._wrong_in_a_row >= TRIES_IN_A_ROW}

    def _get_key_agreement(self, request):
        return {1: self._protocol(request.get(1)).public_key()}

    def _set_pin(self, request):
        self._refuse_missing(request, 1, 3, 4, 5)
        if self._file.pin_hash is not None:
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        protocol, secret = self._shared_secret(request)
        if not protocol.verify(secret, request[5], request[4]):
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        self._store(protocol.decrypt(secret, request[5]))
        return {}

    def _change_pin(self, request):
        self._refuse_missing(request, 1, 3, 4, 5, 6)
        if self._file.pin_hash is None:
            raise Ctap2Error(Status.PIN_NOT_SET)
        self._refuse_when_blocked()
        protocol, secret = self._shared_secret(request)
        if not protocol.verify(secret, request[5] + request[6], request[4]):
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        self._check_pin(protocol, secret, request[6])
        self._store(protocol.decrypt(secret, request[5]))
        self._reset_tokens()
        return {}

    def _store(self, padded):
        pin = padded.rstrip(b"\0")
        if len(padded) != 64:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        if len(pin.decode(errors="replace")) < 4 or len(pin) > 63:
            raise Ctap2Error(Status.PIN_POLICY_VIOLATION)
        with self._file.changing():
            self._file.pin_hash = pin_hash(pin)
            self._file.pin_retries = PIN_RETRIES

    def _get_pin_token(self, request):
        if 9 in request or 10 in request:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        return self._token_for_pin(request, MAKE_CREDENTIAL | GET_ASSERTION, None)

    def _get_token_with_permissions(self, request):
        return self._token_for_pin(request, *self._asked_permissions(request))

    def _get_token_using_uv(self, request, wait_for_touch):
        permissions, rp_id = self._asked_permissions(request)
        protocol, secret = self._shared_secret(request)
        self._plug.reach("getpin")
        self._finger.verify(wait_for_touch)
        answer = self._issue_token(protocol, secret, permissions, rp_id)
        self._present_until = time.monotonic() + PRESENCE_SECONDS
        return answer

    def _asked_permissions(self, request):
        self._refuse_missing(request, 9)
        if not request[9]:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        if request[9] & ~(MAKE_CREDENTIAL | GET_ASSERTION):
            raise Ctap2Error(Status.UNAUTHORIZED_PERMISSION)
        self._refuse_missing(request, 10)
        return request[9], request[10]

    def _token_for_pin(self, request, permissions, rp_id):
        self._refuse_missing(request, 1, 3, 6)
        if self._file.pin_hash is None:
            raise Ctap2Error(Status.PIN_NOT_SET)
        self._refuse_when_blocked()
        protocol, secret = self._shared_secret(request)
        self._plug.reach("getpin")
        self._check_pin(protocol, secret, request[6])
        return self._issue_token(protocol, secret, permissions, rp_id)

    def _issue_token(self, protocol, secret, permissions, rp_id):
        self._reset_tokens()
        self._permissions, self._bound_rp_id, self._present_until = permissions, rp_id, 0.0
        return {2: protocol.encrypt(secret, protocol.token)}

    def _reset_tokens(self):
        """Of both protocols: there is one set of permissions, and it belongs to the newest token only."""
        for protocol in self._protocols.values():
            protocol.reset_token()

    def _refuse_when_blocked(self):
        if self._file.pin_retries == 0:
            raise Ctap2Error(Status.PIN_BLOCKED)
        if self._wrong_in_a_row >= TRIES_IN_A_ROW:
            raise Ctap2Error(Status.PIN_AUTH_BLOCKED)

    def _check_pin(self, protocol, secret, encrypted_hash):
        """The try is counted before it is judged, so that pulling the plug does not win one."""
        with self._file.changing():
            self._file.pin_retries -= 1
        try:
            given = protocol.decrypt(secret, encrypted_hash)
        except ValueError:
            given = b""
        if not hmac.compare_digest(given, self._file.pin_hash):
            protocol.regenerate()
            self._wrong_in_a_row += 1
            self._refuse_when_blocked()
            raise Ctap2Error(Status.PIN_INVALID)
        self._wrong_in_a_row = 0
        with self._file.changing():
            self._file.pin_retries = PIN_RETRIES
        if self._finger:
            self._finger.pin_was_right()
