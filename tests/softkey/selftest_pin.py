"""authenticatorClientPIN: setting, changing, guessing and blocking, with both PIN protocols."""

import hashlib

from fido2.ctap2 import ClientPin, PinProtocolV1, PinProtocolV2

from selftest_base import HASH, MAY_CREATE, MAY_SIGN, PIN, RP_ID, Platform, SoftkeyCase

UP, UV = 0x01, 0x04
CMD = ClientPin.CMD


def padded(pin):
    return pin.encode().ljust(64, b"\0")


class PinCase(SoftkeyCase):
    def replug(self, key):
        key.device.close()
        return self.platform()

    def guess(self, key, status, pin="000000"):
        self.assert_refused(status, key.pin.get_pin_token, pin, MAY_SIGN, RP_ID)

    def raw_set_pin(self, key, padded_pin):
        """setPIN as a platform sends it that does not check the PIN itself."""
        agreement, secret = key.pin._get_shared_secret()
        encrypted = key.pin.protocol.encrypt(secret, padded_pin)
        key.ctap.client_pin(key.pin.protocol.VERSION, CMD.SET_PIN, key_agreement=agreement, new_pin_enc=encrypted,
                            pin_uv_param=key.pin.protocol.authenticate(secret, encrypted))


class Pin(PinCase):
    def test_is_not_set_on_a_new_key(self):
        key = self.key(pin=None)
        self.assertIs(key.info.options["clientPin"], False)
        self.guess(key, "PIN_NOT_SET")
        self.assert_refused("PIN_NOT_SET", key.pin.change_pin, "123456", "654321")
        self.assert_refused("PIN_NOT_SET", key.sign, pin_uv_param=bytes(16), pin_uv_protocol=1)

    def test_can_be_set_once_and_then_signs(self):
        key = self.key(pin=None)
        key.pin.set_pin("first-pin")
        self.assertIs(key.ctap.get_info().options["clientPin"], True)
        self.assert_refused("PIN_AUTH_INVALID", key.pin.set_pin, "second-pin")
        got, = key.sign(**key.with_pin(MAY_SIGN, pin="first-pin"))
        self.assertEqual(got.auth_data.flags, UP | UV)

    def test_can_be_changed_by_who_knows_it(self):
        key = self.key()
        self.assert_refused("PIN_INVALID", key.pin.change_pin, "000000", "another-pin")
        self.assertEqual(key.pin.get_pin_retries()[0], 7)
        key.pin.change_pin(PIN, "another-pin")
        self.assertEqual(key.pin.get_pin_retries()[0], 8)
        self.guess(key, "PIN_INVALID", pin=PIN)
        self.assertEqual(len(key.sign(**key.with_pin(MAY_SIGN, pin="another-pin"))), 1)

    def test_has_at_least_four_code_points_and_at_most_63_bytes(self):
        key = self.key(pin=None)
        self.assert_refused("PIN_POLICY_VIOLATION", self.raw_set_pin, key, padded("123"))
        self.assert_refused("PIN_POLICY_VIOLATION", self.raw_set_pin, key, padded("äöü"))  # 6 bytes
        self.assert_refused("PIN_POLICY_VIOLATION", self.raw_set_pin, key, b"1" * 64)
        self.assert_refused("INVALID_PARAMETER", self.raw_set_pin, key, padded("1234") + bytes(16))
        self.assertIsNone(self.stored()["pin_hash"])
        key.pin.set_pin("1" * 63)
        self.assertEqual(len(key.sign(**key.with_pin(MAY_SIGN, pin="1" * 63))), 1)

    def test_a_short_new_one_leaves_the_old_one(self):
        key = self.key()
        agreement, secret = key.pin._get_shared_secret()
        new = key.pin.protocol.encrypt(secret, padded("123"))
        old = key.pin.protocol.encrypt(secret, hashlib.sha256(PIN.encode()).digest()[:16])
        self.assert_refused(
            "PIN_POLICY_VIOLATION", key.ctap.client_pin, 2, CMD.CHANGE_PIN, key_agreement=agreement, new_pin_enc=new,
            pin_hash_enc=old, pin_uv_param=key.pin.protocol.authenticate(secret, new + old))
        self.assertEqual(len(key.sign(**key.with_pin(MAY_SIGN))), 1)

    def test_three_wrong_in_a_row_want_a_power_cycle(self):
        key = self.key()
        self.guess(key, "PIN_INVALID")
        self.guess(key, "PIN_INVALID")
        self.guess(key, "PIN_AUTH_BLOCKED")
        self.guess(key, "PIN_AUTH_BLOCKED", pin=PIN)
        self.assertEqual(key.pin.get_pin_retries(), (5, True))
        key = self.replug(key)
        self.assertEqual(key.pin.get_pin_retries(), (5, False))
        key.pin.get_pin_token(PIN, MAY_SIGN, RP_ID)
        self.assertEqual(key.pin.get_pin_retries(), (8, False))

    def test_the_right_one_ends_the_row(self):
        key = self.key()
        for _ in range(2):
            self.guess(key, "PIN_INVALID")
            self.guess(key, "PIN_INVALID")
            key.pin.get_pin_token(PIN, MAY_SIGN, RP_ID)
            self.assertEqual(key.pin.get_pin_retries(), (8, False))

    def test_eight_wrong_ones_block_it_for_good(self):
        key = self.key()
        for status in ("PIN_INVALID", "PIN_INVALID", "PIN_AUTH_BLOCKED") * 2 + ("PIN_INVALID", "PIN_BLOCKED"):
            self.guess(key, status)
            if status == "PIN_AUTH_BLOCKED":
                key = self.replug(key)
        key = self.replug(key)
        self.assertEqual(key.pin.get_pin_retries()[0], 0)
        self.guess(key, "PIN_BLOCKED", pin=PIN)
        self.assert_refused("PIN_BLOCKED", key.pin.change_pin, PIN, "another-pin")

    def test_a_try_counts_for_every_serve_of_the_key(self):
        key = self.key()
        self.serve(socket_name="there")
        self.guess(key, "PIN_INVALID")
        with Platform(self.path("there.sock")) as there:
            self.assertEqual(there.pin.get_pin_retries()[0], 7)


class Token(PinCase):
    def test_both_protocols_of_a_new_key_work(self):
        key = self.key()
        for protocol in (PinProtocolV1(), PinProtocolV2()):
            with self.subTest(protocol=protocol.VERSION):
                key.pin = ClientPin(key.ctap, protocol)
                got, = key.sign(**key.with_pin(MAY_SIGN))
                self.assertEqual(got.auth_data.flags, UP | UV)

    def test_an_old_key_gives_a_plain_one_with_protocol_one(self):
        self.create("--ctap", "2.0", pin=None)
        self.serve()
        key = self.platform()
        key.pin.set_pin(PIN)
        key.pin.change_pin(PIN, "another-pin")
        proof = key.proof(key.pin.get_pin_token("another-pin"))
        self.assertEqual(proof["pin_uv_protocol"], 1)
        for _ in range(2):  # not used up by a touch
            self.assertEqual(key.sign(**proof)[0].auth_data.flags, UP | UV)
        agreement, _ = key.pin._get_shared_secret()
        self.assert_refused("INVALID_PARAMETER", key.ctap.client_pin, 1, CMD.GET_TOKEN_USING_PIN,
                            key_agreement=agreement, pin_hash_enc=bytes(16), permissions=2, permissions_rpid=RP_ID)
        self.assert_refused("INVALID_PARAMETER", key.ctap.client_pin, 2, CMD.GET_KEY_AGREEMENT)

    def test_is_used_up_by_one_touch(self):
        key = self.key()
        token = key.pin.get_pin_token(PIN, MAY_SIGN | MAY_CREATE, RP_ID)
        key.sign(**key.proof(token))
        self.assert_refused("PIN_AUTH_INVALID", key.sign, **key.proof(token))

    def test_is_worth_nothing_after_the_next_one_or_another_pin(self):
        key = self.key()
        old = key.pin.get_pin_token(PIN, MAY_SIGN, RP_ID)
        new = key.pin.get_pin_token(PIN, MAY_SIGN, RP_ID)
        self.assert_refused("PIN_AUTH_INVALID", key.sign, **key.proof(old))
        key.pin = ClientPin(key.ctap, PinProtocolV1())
        key.pin.get_pin_token(PIN, MAY_SIGN, RP_ID)
        key.pin = ClientPin(key.ctap, PinProtocolV2())
        self.assert_refused("PIN_AUTH_INVALID", key.sign, **key.proof(new))
        new = key.pin.get_pin_token(PIN, MAY_SIGN, RP_ID)
        key.pin.change_pin(PIN, "another-pin")
        self.assert_refused("PIN_AUTH_INVALID", key.sign, **key.proof(new))

    def test_permissions_are_asked_for_and_known(self):
        pin = self.key().pin
        self.assert_refused("INVALID_PARAMETER", pin.get_pin_token, PIN, 0, RP_ID)
        self.assert_refused("MISSING_PARAMETER", pin.get_pin_token, PIN, None, RP_ID)
        self.assert_refused("MISSING_PARAMETER", pin.get_pin_token, PIN, MAY_SIGN)
        self.assert_refused("UNAUTHORIZED_PERMISSION", pin.get_pin_token, PIN, MAY_SIGN | 0x04, RP_ID)


class BuiltInUv(PinCase):
    def test_works_without_a_pin_and_is_the_touch_as_well(self):
        key = self.key("--uv", "ok", pin=None)
        self.assertIs(key.info.options["uv"], True)
        made = key.make(options={"rk": True, "uv": True})
        self.assertEqual(made.auth_data.flags, UP | UV | 0x40)
        got = key.sign(options={"uv": True})
        self.assertEqual([a.auth_data.flags for a in got], [UP | UV] * 2)
        self.assertEqual(got[0].user["name"], "bob@example.com")

    def test_needs_one_finger_only(self):
        key = self.key(f"--touch=file:{self.path('finger')}", "--uv", "ok")
        self.touch("finger")
        self.assertEqual(key.sign(options={"uv": True})[0].auth_data.flags, UP | UV)
        self.touch("finger")
        proof = key.proof(key.pin.get_uv_token(MAY_SIGN, RP_ID))
        self.assertEqual(key.sign(**proof)[0].auth_data.flags, UP | UV)
        self.touch("finger")
        self.assertEqual(key.make(options={"rk": True, "uv": True}).auth_data.flags, UP | UV | 0x40)

    def test_protects_a_key_that_has_no_pin(self):
        self.assert_refused("OPERATION_DENIED", self.key("--uv", "ok", pin=None).make)

    def test_an_old_key_can_have_it_too(self):
        self.create("--ctap", "2.0", pin=None)
        self.serve("--uv", "ok")
        self.assertEqual(self.platform().sign(options={"uv": True})[0].auth_data.flags, UP | UV)

    def test_three_fingers_that_it_cannot_read_block_it(self):
        key = self.key("--uv", "fail")
        self.assert_refused("UV_INVALID", key.sign, options={"uv": True})
        self.assert_refused("UV_INVALID", key.pin.get_uv_token, MAY_SIGN, RP_ID)
        self.assertEqual(key.pin.get_uv_retries()[0], 1)
        key = self.replug(key)
        self.assert_refused("UV_BLOCKD", key.make, options={"rk": True, "uv": True})
        self.assertEqual(key.pin.get_uv_retries()[0], 0)
        self.assertEqual(len(self.stored()["credentials"]), 1)

    def test_the_pin_unblocks_it(self):
        key = self.key("--uv", "blocked")
        self.assert_refused("UV_BLOCKD", key.sign, options={"uv": True})
        self.assert_refused("UV_BLOCKD", key.pin.get_uv_token, MAY_SIGN, RP_ID)
        self.guess(key, "PIN_INVALID")
        self.assert_refused("UV_BLOCKD", key.sign, options={"uv": True})
        key.sign(**key.with_pin(MAY_SIGN))
        self.assertEqual(key.sign(options={"uv": True})[0].auth_data.flags, UP | UV)

    def test_a_key_without_a_sensor_knows_nothing_of_it(self):
        key = self.key()
        self.assertNotIn("uv", key.info.options)
        self.assert_refused("INVALID_PARAMETER", key.pin.get_uv_retries)
        self.assert_refused("INVALID_PARAMETER", key.pin.get_uv_token, MAY_SIGN, RP_ID)
        self.assert_refused("INVALID_OPTION", key.ctap.get_assertion, RP_ID, HASH, options={"uv": True})
