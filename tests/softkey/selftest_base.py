"""What the selftest's cases share: keys in a temporary folder, served on sockets, and python-fido2 as the platform."""

import collections
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from fido2.attestation import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap2 import AttestationObject, ClientPin, Ctap2
from fido2.hid import CtapHidDevice

PROGRAM = os.path.join(os.path.dirname(os.path.realpath(__file__)), "softkey")
RP_ID = "vouch.test"
USER_ID = "8f14e45f-ceea-4e7a-9b1c-1f2d3c4b5a69"
PIN = "123456"
HASH = hashlib.sha256(b"client data").digest()
ES256, EDDSA = {"alg": -7, "type": "public-key"}, {"alg": -8, "type": "public-key"}
BOB = {"id": b"bob", "name": "bob@example.com"}
MAY_CREATE, MAY_SIGN = ClientPin.PERMISSION.MAKE_CREDENTIAL, ClientPin.PERMISSION.GET_ASSERTION
Descriptor = collections.namedtuple("Descriptor", "path report_size_in report_size_out")


class Connection:
    """The reports of python-fido2 on a Unix socket."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(20)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def write_packet(self, packet):
        self._socket.sendall(packet)

    def read_packet(self):
        report = self._socket.recv(64, socket.MSG_WAITALL)
        if len(report) != 64:
            raise ConnectionError("the key was pulled out")
        return report

    def close(self):
        self._socket.close()


class Platform:
    """python-fido2 with one plugged-in key; leaving the context unplugs it."""

    def __init__(self, path):
        self.device = CtapHidDevice(Descriptor(path, 64, 64), Connection(path))
        self.ctap = Ctap2(self.device)
        self.info = self.ctap.info
        self.pin = ClientPin(self.ctap)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.device.close()

    def proof(self, token, client_data_hash=HASH):
        """pinUvAuthParam and its protocol."""
        return {"pin_uv_param": self.pin.protocol.authenticate(token, client_data_hash),
                "pin_uv_protocol": self.pin.protocol.VERSION}

    def with_pin(self, permission, pin=PIN, rp_id=RP_ID):
        return self.proof(self.pin.get_pin_token(pin, permission, rp_id))

    def make(self, user=None, algorithms=(ES256,), options=None, **more):
        options = {"rk": True} if options is None else options
        return self.ctap.make_credential(HASH, {"id": RP_ID}, user or BOB, list(algorithms), options=options, **more)

    def sign(self, rp_id=RP_ID, **more):
        return self.ctap.get_assertions(rp_id, HASH, **more)


class SoftkeyCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vouch-softkey-selftest-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.created = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def create(self, *flags, pin=PIN, name="key", credential=True):
        who = ["--rp-id", RP_ID, "--user-id", USER_ID, "--user-name", "alice@example.com"]
        command = [sys.executable, PROGRAM, "create", "--file", self.path(f"{name}.json"), *flags,
                   *(who if credential else ["--no-credential"]), *(["--pin", pin] if pin else [])]
        self.created = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=20).stdout)

    def serve(self, *flags, name="key", socket_name=None):
        """The process; its socket is where platform() looks for it."""
        path = self.path(f"{socket_name or name}.sock")
        process = subprocess.Popen(
            [sys.executable, PROGRAM, "serve", "--file", self.path(f"{name}.json"), "--socket", path, *flags],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(self._stop, process)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def _stop(process):
        process.terminate()
        process.wait(20)
        process.stdout.close()

    def platform(self, name="key"):
        return self.enterContext(Platform(self.path(f"{name}.sock")))

    def key(self, *flags, **how):
        """A new key, plugged in."""
        self.create(**how)
        self.serve(*flags)
        return self.platform()

    def touch(self, name):
        """The finger of a key served with --touch file:NAME."""
        with open(self.path(name), "x", encoding="utf-8"):
            pass

    def stored(self, name="key"):
        with open(self.path(f"{name}.json"), encoding="utf-8") as file:
            return json.load(file)

    def assert_refused(self, status, call, *arguments, **more):
        with self.assertRaises(CtapError) as refusal:
            call(*arguments, **more)
        self.assertEqual(refusal.exception.code.name, status)

    def assert_attested(self, made, kind):
        """Checks a packed statement as a server does."""
        result = PackedAttestation().verify(made.att_statement, made.auth_data, HASH)
        self.assertEqual(result.attestation_type.name, kind)
        self.assertIsInstance(made, AttestationObject)

    def assert_unplugged(self, call, *arguments, **more):
        with self.assertRaises(ConnectionError):
            call(*arguments, **more)

    def enterContext(self, context):  # unittest has it from Python 3.11 on
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value


class InBackground(threading.Thread):
    """A call that waits for the finger; `blinking` is set once the key asks for it, `cancel` gives up."""

    def __init__(self, call, *arguments, **more):
        super().__init__(daemon=True)
        self.blinking, self.cancel = threading.Event(), threading.Event()
        self.answer = self.error = None
        self._call = lambda: call(*arguments, event=self.cancel, on_keepalive=lambda _: self.blinking.set(), **more)
        self.start()

    def run(self):
        try:
            self.answer = self._call()
        except (CtapError, ConnectionError) as error:
            self.error = error

    def result(self):
        """The answer, once it is there; raises what the call raised."""
        self.join(20)
        if self.error:
            raise self.error
        return self.answer
