"""Authenticated encryption of tokens: a key id for rotation, bound to the value's place."""

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
    """A encrypted value does not open: another key, another place, or altered bytes."""

    code = "seal_broken"
    message = N_("A stored secret cannot be opened with the configured keys.")


class Encryption:
    """Seals text with AES-256-GCM as `version, key id, nonce, ciphertext`.

    The place (table, column, portal, user) is bound in: a value copied elsewhere stays shut.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take keys of 32 bytes; the first seals, all open."""
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def close(self, text: str, *place: str | int) -> bytes:
        """Seal `text` for one `place`."""
        nonce = os.urandom(NONCE_BYTES)
        encrypted = self._ciphers[self._current].encrypt(nonce, text.encode(), _bound(place))
        return VERSION + self._current + nonce + encrypted

    def open(self, encrypted: bytes, *place: str | int) -> str:
        """Give the text back; raises SealBroken."""
        key_id, nonce, ciphertext = _split(encrypted)
        cipher = self._ciphers.get(key_id)
        if cipher is None or encrypted[:1] != VERSION:
            raise DecryptionFailed
        try:
            return cipher.decrypt(nonce, ciphertext, _bound(place)).decode()
        except (InvalidTag, ValueError):  # a ValueError where even the nonce is cut off
            raise DecryptionFailed from None

    def is_current(self, encrypted: bytes) -> bool:
        """Whether the first key encrypted this value, so that rotation can pass it by."""
        return _split(encrypted)[0] == self._current


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"encryption key id" + key).digest()[:KEY_ID_BYTES]


def _split(encrypted: bytes) -> tuple[bytes, bytes, bytes]:
    start = len(VERSION) + KEY_ID_BYTES
    return (
        encrypted[1:start],
        encrypted[start : start + NONCE_BYTES],
        encrypted[start + NONCE_BYTES :],
    )


def _bound(place: Sequence[str | int]) -> bytes:
    return "|".join(str(part) for part in place).encode()
