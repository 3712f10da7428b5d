"""authenticatorClientPIN (CTAP 2.1, 6.5.5): setting, changing and checking the PIN, and the tokens that prove it."""

import hmac

from errors import Ctap2Error, Status
from keyfile import PIN_RETRIES, pin_hash
from pin import ProtocolOne, ProtocolTwo

TRIES_IN_A_ROW = 3  # then the key wants to be unplugged (6.5.5.7.2 step 8)
MAKE_CREDENTIAL, GET_ASSERTION = 0x01, 0x02  # permissions


class ClientPin:
    """Lives as long as the key is plugged in; what must outlive that is in the key file."""

    def __init__(self, key_file):
        self._file = key_file
        versions = (ProtocolTwo, ProtocolOne) if key_file.ctap == "2.1" else (ProtocolOne,)
        self._protocols = {v.version: v() for v in versions}
        self._wrong_in_a_row = 0
        self._permissions = 0
        self._bound_rp_id = None

    def versions(self):
        return list(self._protocols)

    def handle(self, request):
        commands = {1: self._get_retries, 2: self._get_key_agreement, 3: self._set_pin, 4: self._change_pin,
                    5: self._get_pin_token}
        if self._file.ctap == "2.1":
            commands[9] = self._get_token_with_permissions
        command = commands.get(request.get(2))
        if command is None:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        return command(request)

    def check(self, request_param, request_version, message, permission, rp_id):
        """Verifies a pinUvAuthParam; True means that the user was verified."""
        if self._file.pin_hash is None:
            raise Ctap2Error(Status.PIN_NOT_SET)
        protocol = self._protocol(request_version)
        if not protocol.verify(protocol.token, message, request_param) or not self._permissions & permission:
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        if self._bound_rp_id not in (None, rp_id):
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        self._bound_rp_id = rp_id
        return True

    def token_was_used(self):
        """One touch, one use (6.1.2 and 6.2.2: clearPinUvAuthTokenPermissionsExceptLbw)."""
        if self._file.ctap == "2.1":
            self._permissions = 0

    def _protocol(self, version):
        if version is None:
            raise Ctap2Error(Status.MISSING_PARAMETER)
        if version not in self._protocols:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        return self._protocols[version]

    def _shared_secret(self, request):
        if 3 not in request:
            raise Ctap2Error(Status.MISSING_PARAMETER)
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
        if self._file.pin_hash is not None:
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        protocol, secret = self._shared_secret(request)
        if not protocol.verify(secret, request.get(5, b""), request.get(4, b"")):
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        self._store(protocol.decrypt(secret, request[5]))
        return {}

    def _change_pin(self, request):
        self._refuse_when_blocked()
        protocol, secret = self._shared_secret(request)
        if not protocol.verify(secret, request.get(5, b"") + request.get(6, b""), request.get(4, b"")):
            raise Ctap2Error(Status.PIN_AUTH_INVALID)
        self._check_pin(protocol, secret, request[6])
        self._store(protocol.decrypt(secret, request[5]))
        for other in self._protocols.values():
            other.reset_token()
        return {}

    def _store(self, padded):
        pin = padded.rstrip(b"\0")
        if len(padded) != 64:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        if len(pin.decode(errors="replace")) < 4 or len(pin) > 63:
            raise Ctap2Error(Status.PIN_POLICY_VIOLATION)
        self._file.pin_hash = pin_hash(pin)
        self._file.pin_retries = PIN_RETRIES
        self._file.save()

    def _get_pin_token(self, request):
        if 9 in request or 10 in request:
            raise Ctap2Error(Status.INVALID_PARAMETER)
        return self._issue_token(request, MAKE_CREDENTIAL | GET_ASSERTION, None)

    def _get_token_with_permissions(self, request):
        if not request.get(9):
            raise Ctap2Error(Status.INVALID_PARAMETER)
        if request[9] & ~(MAKE_CREDENTIAL | GET_ASSERTION):
            raise Ctap2Error(Status.UNAUTHORIZED_PERMISSION)
        if 10 not in request:
            raise Ctap2Error(Status.MISSING_PARAMETER)
        return self._issue_token(request, request[9], request[10])

    def _issue_token(self, request, permissions, rp_id):
        if 6 not in request:
            raise Ctap2Error(Status.MISSING_PARAMETER)
        if self._file.pin_hash is None:
            raise Ctap2Error(Status.PIN_NOT_SET)
        self._refuse_when_blocked()
        protocol, secret = self._shared_secret(request)
        self._check_pin(protocol, secret, request[6])
        protocol.reset_token()
        self._permissions, self._bound_rp_id = permissions, rp_id
        return {2: protocol.encrypt(secret, protocol.token)}

    def _refuse_when_blocked(self):
        if self._file.pin_retries == 0:
            raise Ctap2Error(Status.PIN_BLOCKED)
        if self._wrong_in_a_row >= TRIES_IN_A_ROW:
            raise Ctap2Error(Status.PIN_AUTH_BLOCKED)

    def _check_pin(self, protocol, secret, encrypted_hash):
        """The try is counted before it is judged, so that pulling the plug does not win one."""
        self._file.pin_retries -= 1
        self._file.save()
        try:
            given = protocol.decrypt(secret, encrypted_hash)
        except ValueError:
            given = b""
        if hmac.compare_digest(given, self._file.pin_hash):
            self._wrong_in_a_row = 0
            self._file.pin_retries = PIN_RETRIES
            self._file.save()
            return
        protocol.regenerate()
        self._wrong_in_a_row += 1
        self._refuse_when_blocked()
        raise Ctap2Error(Status.PIN_INVALID)
