"""The software key behind the real libfido2, which vouchctl uses: registration, touch, fingerprint, plug."""

import libfido2
from selftest_base import HASH, PIN, RP_ID, SoftkeyCase

UP, UV = 0x01, 0x04


class Libfido2(SoftkeyCase):
    @classmethod
    def setUpClass(cls):
        cls.library = libfido2.load()

    def device(self, name="key"):
        return self.enterContext(libfido2.Device(self.library, self.path(f"{name}.sock")))

    def made_with(self, *flags, algorithm=libfido2.ES256):
        name = "".join(flags) or "plain"
        self.create(name=name, credential=False)
        self.serve(*flags, name=name)
        return self.device(name).make(RP_ID, HASH, PIN, algorithm)

    def test_accepts_both_kinds_of_attestation(self):
        self.assertEqual(self.made_with(), (libfido2.OK, b"packed", libfido2.OK))
        self.assertEqual(self.made_with("--attestation=packed-x5c"), (libfido2.OK, b"packed", libfido2.OK))
        self.assertEqual(self.made_with("--eddsa", algorithm=libfido2.EDDSA), (libfido2.OK, b"packed", libfido2.OK))

    def test_has_nothing_to_verify_when_the_key_does_not_attest(self):
        status, form, verdict = self.made_with("--attestation=none")
        self.assertEqual((status, form), (libfido2.OK, b"none"))
        self.assertNotEqual(verdict, libfido2.OK)

    def test_finds_the_touched_key_of_two_and_cancels_the_other(self):
        for name, touch in (("left", "never"), ("right", f"file:{self.path('finger')}")):
            for ctap in ("2.0", "2.1"):
                self.create("--ctap", ctap, name=name + ctap)
                self.serve("--touch", touch, name=name + ctap)
        for ctap in ("2.0", "2.1"):
            with self.subTest(ctap=ctap):
                left, right = self.device("left" + ctap), self.device("right" + ctap)
                self.assertEqual((left.begin_touch(), right.begin_touch()), (libfido2.OK, libfido2.OK))
                self.assertEqual(right.touched(150), (libfido2.OK, False))
                self.touch("finger")
                self.assertEqual(right.touched(10000), (libfido2.OK, True))
                self.assertEqual(left.touched(150), (libfido2.OK, False))
                self.assertEqual(left.cancel(), libfido2.OK)
                self.assertEqual(left.touched(10000), (libfido2.KEEPALIVE_CANCEL, False))
                self.assertEqual(len(self.stored("right" + ctap)["credentials"]), 1)
                self.touch("finger")
                self.assertEqual(right.sign(RP_ID, HASH, PIN), (libfido2.OK, UP | UV))

    def test_a_key_without_a_pin_can_be_the_touched_one(self):
        self.create(pin=None)
        self.serve()
        device = self.device()
        self.assertEqual(device.begin_touch(), libfido2.OK)
        self.assertEqual(device.touched(10000), (libfido2.OK, True))

    def test_signs_with_the_finger_alone(self):
        for ctap in ("2.0", "2.1"):
            with self.subTest(ctap=ctap):
                self.create("--ctap", ctap, pin=None, name=ctap)
                self.serve("--uv", "ok", name=ctap)
                self.assertEqual(self.device(ctap).sign(RP_ID, HASH, uv=True), (libfido2.OK, UP | UV))

    def test_tells_a_finger_that_was_not_read(self):
        for ctap in ("2.0", "2.1"):
            with self.subTest(ctap=ctap):
                self.create("--ctap", ctap, name=ctap)
                self.serve("--uv", "fail", name=ctap)
                device = self.device(ctap)
                statuses = [device.sign(RP_ID, HASH, uv=True)[0] for _ in range(3)]
                self.assertEqual(statuses, [libfido2.UV_INVALID] * 2 + [libfido2.UV_BLOCKED])
                self.assertEqual(device.sign(RP_ID, HASH, PIN), (libfido2.OK, UP | UV))

    def test_tells_that_the_key_was_pulled_out(self):
        self.create()
        self.serve("--unplug-at", "after-touch")
        self.assertEqual(self.device().sign(RP_ID, HASH, PIN), (libfido2.RX, None))
