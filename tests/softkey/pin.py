"""The two PIN/UV auth protocols of CTAP 2.1 (6.5.6 and 6.5.7), the authenticator's side."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def _aes_cbc(key, iv):
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def _hmac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


class ProtocolOne:
    version = 1

    def __init__(self):
        self.regenerate()
        self.reset_token()

    def regenerate(self):
        """A new key-agreement key; done after every wrong PIN so that a recorded attempt is worth nothing."""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def reset_token(self):
        self.token = os.urandom(32)

    def public_key(self):
        """COSE_Key with alg -25, as 6.5.6 prescribes although the key is not used with that algorithm."""
        numbers = self._key.public_key().public_numbers()
        return {1: 2, 3: -25, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}

    def decapsulate(self, peer):
        """Shared secret from the platform's COSE_Key; ValueError when that is not a point of the curve."""
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(peer[-2], "big"), int.from_bytes(peer[-3], "big"), ec.SECP256R1())
        return self._kdf(self._key.exchange(ec.ECDH(), numbers.public_key()))

    def _kdf(self, z):
        return hashlib.sha256(z).digest()

    def encrypt(self, secret, plain):
        encryptor = _aes_cbc(secret, bytes(16)).encryptor()
        return encryptor.update(plain) + encryptor.finalize()

    def decrypt(self, secret, data):
        decryptor = _aes_cbc(secret, bytes(16)).decryptor()
        return decryptor.update(data) + decryptor.finalize()

    def verify(self, key, message, signature):
        return hmac.compare_digest(_hmac(key, message)[:16], signature)


class ProtocolTwo(ProtocolOne):
    version = 2

    def _kdf(self, z):
        return self._hkdf(z, b"CTAP2 HMAC key") + self._hkdf(z, b"CTAP2 AES key")

    @staticmethod
    def _hkdf(z, info):
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=bytes(32), info=info).derive(z)

    def encrypt(self, secret, plain):
        iv = os.urandom(16)
        encryptor = _aes_cbc(secret[32:], iv).encryptor()
        return iv + encryptor.update(plain) + encryptor.finalize()

    def decrypt(self, secret, data):
        decryptor = _aes_cbc(secret[32:], data[:16]).decryptor()
        return decryptor.update(data[16:]) + decryptor.finalize()

    def verify(self, key, message, signature):
        return hmac.compare_digest(_hmac(key[:32], message), signature)
