"""The finger and the plug: which key is touched, who gives up, and what a key pulled out leaves behind."""

import os

from selftest_base import HASH, MAY_CREATE, MAY_SIGN, RP_ID, InBackground, Platform, SoftkeyCase

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
