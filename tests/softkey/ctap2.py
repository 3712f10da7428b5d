"""The CTAP2 commands: bytes of a request in, status byte and CBOR of the answer out.

Knows nothing of USB or sockets; `wait_for_touch` is given by the transport and raises Ctap2Error when nobody touches.
"""

import collections
import hashlib
import struct
import time

from fido2 import cbor

from attestation import Attestation
from client_pin import GET_ASSERTION, MAKE_CREDENTIAL, ClientPin
from credential import EDDSA, ES256, Credential
from errors import Ctap2Error, Status

UP, UV, AT = 0x01, 0x04, 0x40  # flags of the authenticator data (WebAuthn 6.1)
NEXT_ASSERTION_SECONDS = 30  # CTAP 2.1, 6.3: the platform may not leave the queue open for longer
FINGERPRINT_INTERNAL = 0x02  # uvModality (FIDO Registry, 3.1)

NAMES = {0x01: "makeCredential", 0x02: "getAssertion", 0x04: "getInfo", 0x06: "clientPIN", 0x08: "getNextAssertion",
         0x0B: "selection"}

# Where the two commands that want the user have their parameters (6.1 and 6.2).
Layout = collections.namedtuple("Layout", "permission client_data_hash options param version")
MAKE = Layout(MAKE_CREDENTIAL, client_data_hash=1, options=7, param=8, version=9)
GET = Layout(GET_ASSERTION, client_data_hash=2, options=5, param=6, version=7)

# What is fixed when the key is made: a name of attestation.FORMATS, a bool, a Fingerprint or None, a Plug.
Model = collections.namedtuple("Model", "attestation eddsa fingerprint plug")


class Authenticator:
    def __init__(self, key_file, model):
        self._file = key_file
        self._finger = model.fingerprint
        self._pin = ClientPin(key_file, model)
        self._attestation = Attestation(model.attestation, key_file.aaguid)
        self._algorithms = (ES256, EDDSA) if model.eddsa else (ES256,)
        self._queue = []
        self._queue_until = 0.0

    def handle(self, message, wait_for_touch):
        """Answer of one command, status byte first."""
        handlers = {0x01: self._make_credential, 0x02: self._get_assertion, 0x04: self._get_info,
                    0x06: self._pin.handle, 0x08: self._get_next_assertion}
        if self._file.ctap == "2.1":
            handlers[0x0B] = self._selection
        try:
            if not message or message[0] not in handlers:
                raise Ctap2Error(Status.INVALID_COMMAND)
            if message[0] != 0x08:
                self._queue = []
            self._file.refresh()
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
        if self._finger:
            options["uv"] = True
        info = {1: ["FIDO_2_0"], 3: self._file.aaguid, 4: options, 5: 1200, 6: self._pin.versions()}
        if self._file.ctap == "2.1":
            options["pinUvAuthToken"] = True
            info[1] = ["FIDO_2_0", "FIDO_2_1"]
            info[10] = [{"alg": a, "type": "public-key"} for a in self._algorithms]
            info[13] = 4
            if self._finger:
                info[18] = FINGERPRINT_INTERNAL
        return info

    def _selection(self, _request, wait_for_touch):
        wait_for_touch()
        return None

    def _protected(self):
        return self._finger is not None or self._file.pin_hash is not None

    def _answer_which_key(self, request, layout, wait_for_touch):
        """An empty pinUvAuthParam is a platform asking which key the user means (6.1.2 step 1)."""
        if request.get(layout.param) == b"":
            wait_for_touch()
            raise Ctap2Error(Status.PIN_INVALID if self._protected() else Status.PIN_NOT_SET)

    def _verify_user(self, request, layout, rp_id, wait_for_touch):
        """(verified, present): by pinUvAuthParam, or else by the finger, which is a touch as well."""
        if layout.param in request:
            self._pin.check(request[layout.param], request.get(layout.version), request[layout.client_data_hash],
                            layout.permission, rp_id)
            return True, self._pin.user_is_present()
        if not request.get(layout.options, {}).get("uv"):
            return False, False
        if not self._finger:
            raise Ctap2Error(Status.INVALID_OPTION)
        self._finger.verify(wait_for_touch)
        return True, True

    def _algorithm(self, wanted):
        """The platform's first choice that this key has."""
        for choice in wanted:
            if choice["type"] == "public-key" and choice["alg"] in self._algorithms:
                return choice["alg"]
        raise Ctap2Error(Status.UNSUPPORTED_ALGORITHM)

    def _make_credential(self, request, wait_for_touch):
        self._answer_which_key(request, MAKE, wait_for_touch)
        client_data_hash, rp_id, user, options = request[1], request[2]["id"], request[3], request.get(7, {})
        algorithm = self._algorithm(request[4])
        if options.get("up") is False:
            raise Ctap2Error(Status.INVALID_OPTION)
        verified, present = self._verify_user(request, MAKE, rp_id, wait_for_touch)
        if self._protected() and not verified:
            raise Ctap2Error(Status.PUAT_REQUIRED if self._file.pin_hash else Status.OPERATION_DENIED)
        if not present:
            wait_for_touch()
        self._pin.token_was_used()
        known = {c.id for c in self._file.credentials(rp_id)}
        if any(c["id"] in known for c in request.get(5, [])):
            raise Ctap2Error(Status.CREDENTIAL_EXCLUDED)

        credential = Credential(rp_id, user["id"], user.get("name", ""), algorithm, options.get("rk", False))
        self._file.add(credential)
        attested = struct.pack(">16sH", self._file.aaguid, len(credential.id)) + credential.id
        attested += cbor.encode(credential.cose_key())
        auth_data = self._auth_data(rp_id, UP | AT | (UV if verified else 0)) + attested
        form, statement = self._attestation.statement(credential, auth_data + client_data_hash)
        return {1: form, 2: auth_data, 3: statement}

    def _get_assertion(self, request, wait_for_touch):
        self._answer_which_key(request, GET, wait_for_touch)
        rp_id, client_data_hash, options = request[1], request[2], request.get(5, {})
        if "rk" in options:
            raise Ctap2Error(Status.INVALID_OPTION)
        verified, present = self._verify_user(request, GET, rp_id, wait_for_touch)
        allowed = [c["id"] for c in request.get(3, [])]
        credentials = self._applicable(rp_id, allowed)
        if not credentials:
            raise Ctap2Error(Status.NO_CREDENTIALS)
        touched = options.get("up", True)
        if touched:
            if not present:
                wait_for_touch()
            self._pin.token_was_used()
        flags = (UP if touched else 0) | (UV if verified else 0)
        self._queue = [(c, client_data_hash, flags) for c in credentials[1:]]
        self._queue_until = time.monotonic() + NEXT_ASSERTION_SECONDS
        answer = self._assert(credentials[0], client_data_hash, flags, with_user=not allowed)
        if len(credentials) > 1:
            answer[5] = len(credentials)
        return answer

    def _applicable(self, rp_id, allowed):
        """All that can be discovered, or the one that the platform named (6.2.2 step 7)."""
        if not allowed:
            return [c for c in self._file.credentials(rp_id) if c.discoverable]
        return [c for c in self._file.credentials(rp_id) if c.id in allowed][:1]

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
