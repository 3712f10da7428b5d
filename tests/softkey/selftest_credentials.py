"""makeCredential, getAssertion, getNextAssertion and getInfo, judged by python-fido2."""

import threading
import uuid

from fido2.cose import CoseKey

from credential import unb64url
from selftest_base import (BOB, EDDSA, ES256, HASH, MAY_CREATE, MAY_SIGN, RP_ID, USER_ID, InBackground, Platform,
                           SoftkeyCase)

UP, UV, AT = 0x01, 0x04, 0x40


class MakeCredential(SoftkeyCase):
    def test_attests_itself_and_signs_with_the_new_key(self):
        key = self.key(credential=False)

        made = key.make(**key.with_pin(MAY_CREATE))

        self.assertEqual(made.fmt, "packed")
        self.assert_attested(made, "SELF")
        self.assertEqual(made.auth_data.flags, UP | UV | AT)
        self.assertEqual(made.auth_data.credential_data.aaguid.hex(), self.created["aaguid"])
        got, = key.sign(**key.with_pin(MAY_SIGN))
        got.verify(HASH, CoseKey.parse(made.auth_data.credential_data.public_key))
        self.assertEqual(got.credential["id"], made.auth_data.credential_data.credential_id)
        self.assertEqual(got.user, BOB)
        self.assertGreater(got.auth_data.counter, made.auth_data.counter)

    def test_attests_with_a_certificate_of_its_model(self):
        key = self.key("--attestation", "packed-x5c")
        made = key.make(**key.with_pin(MAY_CREATE))
        self.assert_attested(made, "BASIC")
        self.assertEqual(len(made.att_statement["x5c"]), 1)

    def test_says_nothing_of_itself_when_told_so(self):
        key = self.key("--attestation", "none")
        made = key.make(**key.with_pin(MAY_CREATE))
        self.assertEqual((made.fmt, made.att_statement), ("none", {}))

    def test_makes_the_first_wanted_algorithm_that_it_has(self):
        key = self.key("--eddsa")
        made = key.make(algorithms=(EDDSA, ES256), **key.with_pin(MAY_CREATE))
        public_key = CoseKey.parse(made.auth_data.credential_data.public_key)
        self.assertEqual(public_key.ALGORITHM, -8)
        self.assert_attested(made, "SELF")
        key.sign(**key.with_pin(MAY_SIGN))[0].verify(HASH, public_key)

    def test_knows_no_eddsa_unless_told_to(self):
        key = self.key()
        self.assert_refused("UNSUPPORTED_ALGORITHM", key.make, algorithms=(EDDSA,), **key.with_pin(MAY_CREATE))
        made = key.make(algorithms=(EDDSA, ES256), **key.with_pin(MAY_CREATE))
        self.assertEqual(CoseKey.parse(made.auth_data.credential_data.public_key).ALGORITHM, -7)

    def test_tells_that_it_is_excluded_only_after_the_touch(self):
        known = self.key(f"--touch=file:{self.path('finger')}")
        excluded = [{"id": unb64url(self.created["credential_id"]), "type": "public-key"}]

        asked = InBackground(known.make, exclude_list=excluded, **known.with_pin(MAY_CREATE))

        self.assertTrue(asked.blinking.wait(20))
        self.touch("finger")
        self.assert_refused("CREDENTIAL_EXCLUDED", asked.result)
        self.assertEqual(len(self.stored()["credentials"]), 1)

    def test_replaces_the_credential_of_the_same_user(self):
        key = self.key()
        alice = {"id": uuid.UUID(USER_ID).bytes, "name": "alice@example.org"}

        made = key.make(user=alice, **key.with_pin(MAY_CREATE))

        got, = key.sign(**key.with_pin(MAY_SIGN))
        self.assertEqual(got.user, alice)
        self.assertEqual(got.credential["id"], made.auth_data.credential_data.credential_id)

    def test_one_that_is_not_discoverable_is_found_by_its_id_only(self):
        key = self.key(credential=False)
        made = key.make(options={}, **key.with_pin(MAY_CREATE))
        self.assert_refused("NO_CREDENTIALS", key.sign, **key.with_pin(MAY_SIGN))
        named = [{"id": made.auth_data.credential_data.credential_id, "type": "public-key"}]
        got, = key.sign(allow_list=named, **key.with_pin(MAY_SIGN))
        self.assertIsNone(got.user)

    def test_wants_the_pin_once_there_is_one(self):
        self.assert_refused("PIN_REQUIRED", self.key().make)

    def test_works_without_a_pin_on_a_key_that_has_none(self):
        made = self.key(pin=None, credential=False).make()
        self.assertEqual(made.auth_data.flags, UP | AT)

    def test_refuses_a_proof_for_another_relying_party_permission_or_request(self):
        key = self.key()
        self.assert_refused("PIN_AUTH_INVALID", key.make, **key.with_pin(MAY_CREATE, rp_id="other.test"))
        self.assert_refused("PIN_AUTH_INVALID", key.make, **key.with_pin(MAY_SIGN))
        token = key.pin.get_pin_token("123456", MAY_CREATE, RP_ID)
        self.assert_refused("PIN_AUTH_INVALID", key.make, **key.proof(token, b"\0" * 32))

    def test_another_serve_sees_the_credential_while_both_are_plugged_in(self):
        here = self.key(credential=False)
        self.serve(socket_name="there")
        there = self.platform("there")
        self.assert_refused("NO_CREDENTIALS", there.sign, **there.with_pin(MAY_SIGN))

        made = here.make(**here.with_pin(MAY_CREATE))
        named = [{"id": made.auth_data.credential_data.credential_id, "type": "public-key"}]
        self.assertEqual(len(there.sign(allow_list=named, options={"up": False})), 1)
        first = there.sign(**there.with_pin(MAY_SIGN))[0].auth_data.counter
        second = here.sign(**here.with_pin(MAY_SIGN))[0].auth_data.counter

        self.assertEqual(second, first + 1)
        self.assertEqual(self.stored()["counter"], second)

    def test_several_serves_never_give_the_same_counter_twice(self):
        self.create()
        threads, counters = [], []
        for name in ("here", "there", "elsewhere"):
            self.serve(socket_name=name)
            threads.append(threading.Thread(target=self.probe, args=(self.platform(name), counters)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(sorted(counters), list(range(1, 61)))

    @staticmethod
    def probe(key, counters):
        for _ in range(20):
            counters.append(key.sign(options={"up": False})[0].auth_data.counter)

    def test_what_was_there_stays_hidden_on_a_key_served_as_empty(self):
        key = self.key("--empty")
        self.assert_refused("NO_CREDENTIALS", key.sign, **key.with_pin(MAY_SIGN))
        key.make(**key.with_pin(MAY_CREATE))
        key.device.close()
        with Platform(self.path("key.sock")) as again:
            self.assertEqual([got.user for got in again.sign(**again.with_pin(MAY_SIGN))], [BOB])


class GetAssertion(SoftkeyCase):
    def test_gives_every_account_newest_first(self):
        key = self.key()
        key.make(**key.with_pin(MAY_CREATE))

        answers = key.sign(**key.with_pin(MAY_SIGN))

        self.assertEqual([a.user["name"] for a in answers], ["bob@example.com", "alice@example.com"])
        self.assertEqual([a.number_of_credentials for a in answers], [2, None])
        self.assert_refused("NOT_ALLOWED", key.ctap.get_next_assertion)

    def test_another_command_ends_the_list(self):
        key = self.key()
        key.make(**key.with_pin(MAY_CREATE))
        key.ctap.get_assertion(RP_ID, HASH, **key.with_pin(MAY_SIGN))
        key.ctap.get_info()
        self.assert_refused("NOT_ALLOWED", key.ctap.get_next_assertion)

    def test_an_eddsa_credential_can_be_there_from_the_start(self):
        self.create("--eddsa")
        self.serve()
        key = self.platform()
        got, = key.sign(**key.with_pin(MAY_SIGN))
        self.assertEqual(len(got.signature), 64)

    def test_probing_needs_no_finger_and_no_pin(self):
        key = self.key("--touch", "never")
        named = [{"id": unb64url(self.created["credential_id"]), "type": "public-key"}]
        got, = key.sign(allow_list=named, options={"up": False})
        self.assertEqual(got.auth_data.flags, 0)
        self.assert_refused("NO_CREDENTIALS", key.sign, rp_id="other.test", options={"up": False})
        unknown = [{"id": b"\0" * 32, "type": "public-key"}]
        self.assert_refused("NO_CREDENTIALS", key.sign, allow_list=unknown, options={"up": False})

    def test_names_nobody_to_an_unverified_user(self):
        got, = self.key().sign()
        self.assertEqual(got.user, {"id": uuid.UUID(USER_ID).bytes})
        self.assertEqual(got.auth_data.flags, UP)

    def test_refuses_options_that_it_does_not_have(self):
        key = self.key()
        self.assert_refused("INVALID_OPTION", key.sign, options={"uv": True})
        self.assert_refused("INVALID_OPTION", key.sign, options={"rk": True})
        self.assert_refused("INVALID_OPTION", key.make, options={"up": False})


class GetInfo(SoftkeyCase):
    def test_a_new_key_says_all_that_it_can(self):
        info = self.key("--eddsa").info
        self.assertEqual(info.versions, ["FIDO_2_0", "FIDO_2_1"])
        self.assertEqual(info.extensions, [])
        self.assertEqual(info.options, {"rk": True, "up": True, "plat": False, "clientPin": True,
                                        "pinUvAuthToken": True})
        self.assertEqual((info.max_msg_size, info.pin_uv_protocols), (1200, [2, 1]))
        self.assertEqual(info.data[0x0D], 4)
        self.assertEqual(info.algorithms, [ES256, EDDSA])

    def test_an_old_key_knows_nothing_of_what_came_later(self):
        self.create("--ctap", "2.0", pin=None)
        self.serve()
        info = self.platform().info
        self.assertEqual(info.versions, ["FIDO_2_0"])
        self.assertEqual(info.options, {"rk": True, "up": True, "plat": False, "clientPin": False})
        self.assertEqual(info.pin_uv_protocols, [1])
        self.assertEqual(set(info.data), {1, 3, 4, 5, 6})
