"""API keys: made once, shown once, kept as digests, revoked for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bx24app.api_keys import ApiKeys
from bx24app.errors import Error
from bx24app.store.models import ApiKeyRow
from tests.support.app_harness import AppHarness


@pytest.fixture
def keys(stored_app: AppHarness) -> ApiKeys:
    """The keys of an application with both portals, once for each kind of database."""
    return stored_app.container.api_keys


def test_a_key_opens_its_portal_only(keys: ApiKeys, stored_app: AppHarness) -> None:
    found = keys.check(keys.create(stored_app.a.member_id, "billing"))

    assert found is not None
    assert found.label == "billing"
    assert found.opens(stored_app.a.member_id)
    assert not found.opens(stored_app.b.member_id)
    assert found.created_at.utcoffset() == timedelta(0)


def test_the_operators_key_opens_every_portal(keys: ApiKeys, stored_app: AppHarness) -> None:
    found = keys.check(keys.create(None))

    assert found is not None
    assert all(found.opens(portal.member_id) for portal in (stored_app.a, stored_app.b))


def test_no_two_keys_are_alike_and_none_can_be_guessed(keys: ApiKeys) -> None:
    made = {keys.create(None) for _ in range(20)}

    assert len(made) == 20
    assert min(len(key) for key in made) >= 45


@pytest.mark.threat("reading secrets from logs")
def test_only_digests_are_stored(keys: ApiKeys, stored_app: AppHarness) -> None:
    key = keys.create(None)

    with stored_app.container.database.read() as session:
        (row,) = session.scalars(select(ApiKeyRow))
    stored = " ".join(str(getattr(row, column.name)) for column in ApiKeyRow.__table__.columns)
    assert key not in stored
    assert key.removeprefix("bx24_") not in stored


@pytest.mark.parametrize("other", ["", "x", "bx24_", "ключ", "half \ud800", "nul\0", "x" * 10_000])
def test_what_is_no_key_opens_nothing(other: str, keys: ApiKeys) -> None:
    keys.create(None)

    assert keys.check(other) is None


def test_a_revoked_key_opens_nothing_for_good(keys: ApiKeys) -> None:
    key, other = keys.create(None), keys.create(None)
    revoked = keys.check(key)
    assert revoked is not None

    keys.revoke(revoked.id)
    first = next(one.revoked_at for one in keys.all() if one.id == revoked.id)
    keys.revoke(revoked.id)

    assert keys.check(key) is None
    assert keys.check(other) is not None
    assert next(one.revoked_at for one in keys.all() if one.id == revoked.id) == first


def test_a_key_that_does_not_exist_cannot_be_revoked(keys: ApiKeys) -> None:
    with pytest.raises(Error) as caught:
        keys.revoke(999)
    assert caught.value.code == "not_found"


def test_there_are_no_keys_for_portals_that_are_not_there(keys: ApiKeys) -> None:
    with pytest.raises(Error) as caught:
        keys.create("ffffffffffffffffffffffffffffffff")
    assert caught.value.code == "not_found"
    assert keys.all() == []


def test_a_portal_that_is_forgotten_takes_its_keys_along(
    keys: ApiKeys, stored_app: AppHarness
) -> None:
    own, operator = keys.create(stored_app.a.member_id), keys.create(None)

    stored_app.container.portals.forget(stored_app.a.member_id)

    assert keys.check(own) is None
    assert keys.check(operator) is not None
    assert len(keys.all()) == 1


def test_the_last_use_is_noted_to_the_hour(keys: ApiKeys, stored_app: AppHarness) -> None:
    key = keys.create(None)
    assert keys.all()[0].used_at is None

    keys.check(key)
    first = keys.all()[0].used_at
    keys.check(key)
    assert keys.all()[0].used_at == first

    with stored_app.container.database.write() as session:
        session.execute(update(ApiKeyRow).values(used_at=datetime.now(UTC) - timedelta(hours=2)))
    keys.check(key)
    used = keys.all()[0].used_at
    assert used is not None
    assert datetime.now(UTC) - used < timedelta(minutes=1)


@pytest.mark.parametrize("label", ["two\nlines\tand\0more\x7f", "half \ud83d a pair", "x" * 999])
def test_a_label_is_one_line_that_every_database_takes(keys: ApiKeys, label: str) -> None:
    keys.create(None, label)
    (key,) = keys.all()
    assert key.label.isprintable()
    assert key.label in ("two lines and more", "half a pair", "x" * 200)


def test_an_expired_key_opens_nothing(keys: ApiKeys) -> None:
    now = datetime.now(UTC)

    assert keys.check(keys.create(None, expires_at=now - timedelta(seconds=1))) is None
    assert keys.check(keys.create(None, expires_at=now + timedelta(minutes=1))) is not None


def test_the_number_of_a_key_is_never_given_twice(keys: ApiKeys, stored_app: AppHarness) -> None:
    keys.create(stored_app.a.member_id)
    number = keys.all()[-1].id
    stored_app.container.portals.forget(stored_app.a.member_id)

    keys.create(None)

    assert keys.all()[-1].id > number
