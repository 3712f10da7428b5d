"""The CTAP2 commands: bytes of a request in, status byte and CBOR of the answer out.

Knows nothing of USB or sockets; `wait_for_touch` is given by the transport and raises Ctap2Error when nobody touches.
"""

import hashlib
import struct
import time

from fido2 import cbor

from client_pin import GET_ASSERTION, MAKE_CREDENTIAL, ClientPin
from errors import Ctap2Error, Status
from keyfile import Credential

UP, UV, AT = 0x01, 0x04, 0x40  # flags of the authenticator data (WebAuthn 6.1)
ES256 = -7
NEXT_ASSERTION_SECONDS = 30  # CTAP 2.1, 6.3: the platform may not leave the queue open for longer

NAMES = {0x01: "makeCredential", 0x02: "getAssertion", 0x04: "getInfo", 0x06: "clientPIN", 0x08: "getNextAssertion",
         0x0B: "selection"}


class Authenticator:
    def __init__(self, key_file):
        self._file = key_file
        self._pin = ClientPin(key_file)
        self._queue = []
        self._queue_until = 0.0

    def handle(self, message, wait_for_touch):
        """Answer of one command, status byte first."""
        handlers = {0x01: self._make_credential, 0x02: self._get_assertion, 0x04: self._get_info,
                    0x06: lambda request, _touch: self._pin.handle(request), 0x08: self._get_next_assertion}
        if self._file.ctap == "2.1":
            handlers[0x0B] = self._selection
        try:
            if not message or message[0] not in handlers:
                raise Ctap2Error(Status.INVALID_COMMAND)
            if message[0] != 0x08:
                self._queue = []
            answer = handlers[message[0]](self._parse(message[1:]), wait_for_touch)
        except Ctap2Error as error:
            return bytes([error.status])
        except (KeyError, TypeError, ValueError, AttributeError):
            return bytes([Status.INVALID_PARAMETER])
        return bytes([Status.OK]) + (cbor.encode(answer) if answer else b"")

    @staticmethod
    def _parse(payload):
        if not payload:
            return {}
        try:
            request = cbor.decode(payload)
        except Exception:  # the decoder raises whatever its tables raise on junk
            raise Ctap2Error(Status.INVALID_CBOR) from None
        if not isinstance(request, dict):
            raise Ctap2Error(Status.INVALID_CBOR)
        return request

    def _get_info(self, _request, _touch):
        options = {"rk": True, "up": True, "plat": False, "clientPin": self._file.pin_hash is not None}
        info = {1: ["FIDO_2_0"], 3: self._file.aaguid, 4: options, 5: 1200, 6: self._pin.versions()}
        if self._file.ctap == "2.1":
            options["pinUvAuthToken"] = True
            info[1] = ["FIDO_2_0", "FIDO_2_1"]
            info[10] = [{"alg": ES256, "type": "public-key"}]
            info[13] = 4
        return info

    def _selection(self, _request, wait_for_touch):
        wait_for_touch()
        return None

    def _verify_user(self, request, param, version, permission, rp_id, wait_for_touch):
        """UV by pinUvAuthParam. An empty one is a platform asking which key the user means (6.1.2 step 1)."""
        if param not in request:
            return False
        if request[param] == b"":
            wait_for_touch()
            raise Ctap2Error(Status.PIN_INVALID if self._file.pin_hash else Status.PIN_NOT_SET)
        client_data_hash = request[1 if permission == MAKE_CREDENTIAL else 2]
        return self._pin.check(request[param], request.get(version), client_data_hash, permission, rp_id)

    def _make_credential(self, request, wait_for_touch):
        client_data_hash, rp_id, user = request[1], request[2]["id"], request[3]
        verified = self._verify_user(request, 8, 9, MAKE_CREDENTIAL, rp_id, wait_for_touch)
        if not any(p["alg"] == ES256 and p["type"] == "public-key" for p in request[4]):
            raise Ctap2Error(Status.UNSUPPORTED_ALGORITHM)
        options = request.get(7, {})
        if options.get("uv") or options.get("up") is False:
            raise Ctap2Error(Status.INVALID_OPTION)
        if self._file.pin_hash and not verified:
            raise Ctap2Error(Status.PUAT_REQUIRED)
        known = {c.id for c in self._file.credentials(rp_id)}
        wait_for_touch()
        self._pin.token_was_used()
        if any(c["id"] in known for c in request.get(5, [])):
            raise Ctap2Error(Status.CREDENTIAL_EXCLUDED)

        credential = Credential(rp_id, user["id"], user.get("name", ""))
        self._file.add(credential)
        numbers = credential.private_key.public_key().public_numbers()
        cose = {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = self._file.aaguid + struct.pack(">H", len(credential.id)) + credential.id + cbor.encode(cose)
        auth_data = self._auth_data(rp_id, UP | AT | (UV if verified else 0)) + attested
        signature = credential.sign(auth_data + client_data_hash)  # packed self attestation (WebAuthn 8.2)
        return {1: "packed", 2: auth_data, 3: {"alg": ES256, "sig": signature}}

    def _get_assertion(self, request, wait_for_touch):
        rp_id, client_data_hash, options = request[1], request[2], request.get(5, {})
        verified = self._verify_user(request, 6, 7, GET_ASSERTION, rp_id, wait_for_touch)
        if options.get("uv") or "rk" in options:
            raise Ctap2Error(Status.INVALID_OPTION)
        credentials = self._file.credentials(rp_id)
        allowed = [c["id"] for c in request.get(3, [])]
        if allowed:
            credentials = [c for c in credentials if c.id in allowed][:1]
        if not credentials:
            raise Ctap2Error(Status.NO_CREDENTIALS)
        touched = options.get("up", True)
        if touched:
            wait_for_touch()
            self._pin.token_was_used()
        flags = (UP if touched else 0) | (UV if verified else 0)
        self._queue = [(c, client_data_hash, flags) for c in credentials[1:]]
        self._queue_until = time.monotonic() + NEXT_ASSERTION_SECONDS
        answer = self._assert(credentials[0], client_data_hash, flags, with_user=not allowed)
        if len(credentials) > 1:
            answer[5] = len(credentials)
        return answer

    def _get_next_assertion(self, _request, _touch):
        if not self._queue or time.monotonic() > self._queue_until:
            raise Ctap2Error(Status.NOT_ALLOWED)
        self._queue_until = time.monotonic() + NEXT_ASSERTION_SECONDS
        return self._assert(*self._queue.pop(0), with_user=True)

    def _assert(self, credential, client_data_hash, flags, with_user):
        auth_data = self._auth_data(credential.rp_id, flags)
        answer = {1: {"id": credential.id, "type": "public-key"}, 2: auth_data,
                  3: credential.sign(auth_data + client_data_hash)}
        if with_user:  # names only to a verified user (6.2.2 step 13)
            answer[4] = {"id": credential.user_id}
            if flags & UV:
                answer[4]["name"] = credential.user_name
        return answer

    def _auth_data(self, rp_id, flags):
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self._file.next_counter())
