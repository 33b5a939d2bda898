"""How secrets are stored: encrypted where they are used again, as a digest where only compared.

Encryption is authenticated and names its key, so that keys can be rotated.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bx24app.errors import Error
from bx24app.i18n import N_

VERSION = b"\x01"
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class DecryptionFailed(Error):
    """A stored value cannot be decrypted: another key, another row or column, or altered bytes."""

    code = "decryption_failed"
    message = N_("A stored secret cannot be decrypted with the configured keys.")


class Encryption:
    """AES-256-GCM; a stored value is `version, key id, nonce, ciphertext`.

    Table, column, portal and user are authenticated along with the text, so that a value which
    somebody copies into another row or column cannot be decrypted there.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 32 bytes: the first encrypts, all decrypt."""
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def encrypt(self, text: str, *location: str | int) -> bytes:
        """Encrypt `text` for one location: table, column, and the key of the row."""
        # Random, not counted: several processes encrypt with the same key.
        nonce = os.urandom(NONCE_BYTES)
        data = _associated_data(location)
        encrypted = self._ciphers[self._current].encrypt(nonce, text.encode(), data)
        return VERSION + self._current + nonce + encrypted

    def decrypt(self, encrypted: bytes, *location: str | int) -> str:
        """Decrypt a value of that location. Raises DecryptionFailed."""
        key_id, nonce, ciphertext = _split(encrypted)
        cipher = self._ciphers.get(key_id)
        # Neither is authenticated, but an altered one leads to no key or to a failing tag.
        if cipher is None or encrypted[:1] != VERSION:
            raise DecryptionFailed
        try:
            return cipher.decrypt(nonce, ciphertext, _associated_data(location)).decode()
        except (InvalidTag, ValueError):
            # ValueError: the value is so short that even its nonce is cut off.
            raise DecryptionFailed from None

    def is_current(self, encrypted: bytes) -> bool:
        """Whether the first key encrypted this value; a rotation of keys then leaves it alone."""
        return _split(encrypted)[0] == self._current


def secret_digest(secret: str) -> str:
    """The SHA-256 of a random secret, to find it again without storing it.

    Without salt or stretching, which secrets of 128 random bits and more do not need.
    """
    # surrogatepass: a header may hold bytes that are no text, and must get a plain refusal.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key_id(key: bytes) -> bytes:
    # Prefixed, so that the id is no plain digest of the key that is useful elsewhere.
    return hashlib.sha256(b"encryption key id" + key).digest()[:KEY_ID_BYTES]


def _split(encrypted: bytes) -> tuple[bytes, bytes, bytes]:
    start = len(VERSION) + KEY_ID_BYTES
    return (
        encrypted[1:start],
        encrypted[start : start + NONCE_BYTES],
        encrypted[start + NONCE_BYTES :],
    )


def _associated_data(location: Sequence[str | int]) -> bytes:
    # Unambiguous: tables, columns, member_id and numbers contain no `|`.
    return "|".join(str(part) for part in location).encode()
