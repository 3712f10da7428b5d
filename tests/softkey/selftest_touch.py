"""The finger and the plug: which key is touched, who gives up, and what a key pulled out leaves behind."""

import os

import libfido2
from selftest_base import HASH, MAY_CREATE, MAY_SIGN, PIN, RP_ID, InBackground, Platform, SoftkeyCase

UP, UV = 0x01, 0x04


class Touch(SoftkeyCase):
    def test_comes_with_a_file_and_uses_it_up(self):
        key = self.key(f"--touch=file:{self.path('finger')}")
        for _ in range(2):
            selection = InBackground(key.ctap.selection)
            self.assertTrue(selection.blinking.wait(20))
            self.touch("finger")
            self.assertIsNone(selection.result())
            self.assertFalse(os.path.exists(self.path("finger")))

    def test_one_finger_is_for_one_key_of_two(self):
        self.create()
        for name in ("here", "there"):
            self.serve(f"--touch=file:{self.path('finger')}", socket_name=name)
        both = [InBackground(self.platform(name).ctap.selection) for name in ("here", "there")]
        self.assertTrue(all(one.blinking.wait(20) for one in both))

        self.touch("finger")

        while all(one.is_alive() for one in both):
            both[0].join(0.05)
        winner, loser = sorted(both, key=InBackground.is_alive)
        self.assertIsNone(winner.result())
        loser.cancel.set()
        self.assert_refused("KEEPALIVE_CANCEL", loser.result)

    def test_a_cancelled_command_leaves_the_key_ready(self):
        key = self.key("--touch", "never")
        for call, how in ((key.ctap.selection, {}), (key.make, key.with_pin(MAY_CREATE)),
                          (key.ctap.get_assertion, {"rp_id": RP_ID, "client_data_hash": HASH})):
            asked = InBackground(call, **how)
            self.assertTrue(asked.blinking.wait(20))
            asked.cancel.set()
            self.assert_refused("KEEPALIVE_CANCEL", asked.result)
        self.assertEqual(key.ctap.get_info().aaguid.hex(), self.created["aaguid"])
        self.assertEqual(len(self.stored()["credentials"]), 1)

    def test_an_empty_proof_asks_which_key_is_meant(self):
        key = self.key()
        self.assert_refused("PIN_INVALID", key.make, pin_uv_param=b"", pin_uv_protocol=2)
        self.assert_refused("PIN_INVALID", key.sign, pin_uv_param=b"", pin_uv_protocol=2)
        self.create(name="new", pin=None)
        self.serve(name="new")
        self.assert_refused("PIN_NOT_SET", self.platform("new").make, pin_uv_param=b"", pin_uv_protocol=2)

    def test_selection_is_not_known_to_an_old_key(self):
        self.create("--ctap", "2.0")
        self.serve()
        self.assert_refused("INVALID_COMMAND", self.platform().ctap.selection)


class Plug(SoftkeyCase):
    def test_pulled_while_the_pin_is_checked_it_costs_no_try(self):
        key = self.key("--unplug-at", "getpin")
        self.assert_unplugged(key.pin.get_pin_token, "000000", MAY_SIGN, RP_ID)
        self.assert_back(self.platform())

    def test_pulled_while_it_blinks(self):
        key = self.key("--unplug-at", "touch")
        proof = key.with_pin(MAY_SIGN)
        self.assert_unplugged(key.sign, **proof)
        self.assert_back(self.platform())

    def test_pulled_after_the_touch_it_made_no_credential(self):
        key = self.key(f"--touch=file:{self.path('finger')}", "--unplug-at", "after-touch")
        made = InBackground(key.make, **key.with_pin(MAY_CREATE))
        self.assertTrue(made.blinking.wait(20))
        self.touch("finger")
        self.assert_unplugged(made.result)
        self.touch("finger")
        self.assert_back(self.platform())

    def test_pulled_for_good_its_socket_is_gone(self):
        self.create()
        process = self.serve("--unplug-at", "touch", "--unplug-for-good")
        self.assert_unplugged(self.platform().ctap.selection)
        self.assertEqual(process.wait(20), 0)
        self.assertFalse(os.path.exists(self.path("key.sock")))
        with self.assertRaises(FileNotFoundError):
            Platform(self.path("key.sock"))

    def assert_back(self, key):
        """Plugged in again, the key signs, and knows of nothing that was not finished."""
        got, = key.sign(**key.with_pin(MAY_SIGN))
        self.assertEqual((got.auth_data.flags, got.auth_data.counter), (UP | UV, 1))
        self.assertEqual(self.stored()["pin_retries"], 8)


class Libfido2(SoftkeyCase):
    """The touch dance and built-in UV as the library does them that vouchctl uses."""

    @classmethod
    def setUpClass(cls):
        cls.library = libfido2.load()

    def device(self, name="key"):
        return self.enterContext(libfido2.Device(self.library, self.path(f"{name}.sock")))

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
