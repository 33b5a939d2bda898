"""Encrypted values are decrypted with the right key at their own location, and nowhere else."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bx24app.store.encryption import DecryptionFailed, Encryption

OLD, NEW = os.urandom(32), os.urandom(32)
PLACE = ("oauth_tokens", "access_token", "a223c6b3710f85df22e9377d6c4f7553", 1)


@settings(deadline=None)
@given(st.text(), st.lists(st.text(alphabet="ab1_") | st.integers(), max_size=4))
def test_what_was_encrypted_is_decrypted_at_its_location(text: str, place: list[str | int]) -> None:
    encryption = Encryption([NEW])
    assert encryption.decrypt(encryption.encrypt(text, *place), *place) == text


def test_an_encrypted_value_shows_nothing_of_its_text_and_never_looks_the_same() -> None:
    encryption = Encryption([NEW])
    one, other = encryption.encrypt("a-token", *PLACE), encryption.encrypt("a-token", *PLACE)
    assert one != other
    assert b"a-token" not in one + other


@pytest.mark.parametrize(
    "place",
    [
        ("oauth_tokens", "refresh_token", *PLACE[2:]),
        ("portals", *PLACE[1:]),
        (*PLACE[:2], "b3341d7c482096ef33fa488e7d508664", 1),
        (*PLACE[:3], 11),
        PLACE[:3],
        ("oauth_tokens", "access_token|a223c6b3710f85df22e9377d6c4f7553", 1, ""),
    ],
)
def test_a_value_that_was_moved_stays_shut(place: tuple[str | int, ...]) -> None:
    encryption = Encryption([NEW])
    with pytest.raises(DecryptionFailed):
        encryption.decrypt(encryption.encrypt("a-token", *PLACE), *place)


def test_a_changed_bit_anywhere_is_noticed() -> None:
    encryption = Encryption([NEW])
    encrypted = encryption.encrypt("a-token", *PLACE)
    for index in range(len(encrypted)):
        changed = bytearray(encrypted)
        changed[index] ^= 1
        with pytest.raises(DecryptionFailed):
            encryption.decrypt(bytes(changed), *PLACE)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 30])
def test_a_value_that_was_cut_off_is_noticed(length: int) -> None:
    encryption = Encryption([NEW])
    with pytest.raises(DecryptionFailed):
        encryption.decrypt(encryption.encrypt("a-token", *PLACE)[:length], *PLACE)


def test_the_first_key_encrypts_and_all_keys_decrypt() -> None:
    before, during, after = Encryption([OLD]), Encryption([NEW, OLD]), Encryption([NEW])
    old, new = before.encrypt("a-token", *PLACE), during.encrypt("a-token", *PLACE)
    assert (during.is_current(old), during.is_current(new)) == (False, True)
    assert during.decrypt(old, *PLACE) == during.decrypt(new, *PLACE) == after.decrypt(new, *PLACE)
    for encryption, encrypted in ((after, old), (before, new)):
        with pytest.raises(DecryptionFailed):
            encryption.decrypt(encrypted, *PLACE)
