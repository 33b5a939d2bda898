"""Sealed columns: they open in their own row and column only, and change keys while in use."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bx24app.config import Config
from bx24app.container import Container
from bx24app.store.encryption import DecryptionFailed
from bx24app.store.models import OAuthTokenRow, PortalRow
from tests.support.app_harness import SETTINGS
from tests.support.endpoint_harness import EndpointHarness

OLD, NEW = SETTINGS["encryption_keys"][0], b"n" * 32
ROUNDS = 40


@pytest.fixture
def both(database_url: str) -> Iterator[tuple[EndpointHarness, Container]]:
    """The application with the old key first, and an operator's one with the new key first."""
    with EndpointHarness.open_empty(database_url, encryption_keys=(OLD, NEW)) as doors:
        doors.settle()
        settings = SETTINGS | {"database_url": database_url, "encryption_keys": (NEW, OLD)}
        operators = Container.build(Config(**settings), transport=doors.way_out)
        yield doors, operators
        operators.database.close()


def test_rotating_while_the_application_works_loses_nothing(
    both: tuple[EndpointHarness, Container],
) -> None:
    doors, operators = both
    program, done, faults = doors.program(doors.a), threading.Event(), []

    def rotate_to_and_fro() -> None:
        try:
            while not done.is_set():
                for house in (operators, doors.container):
                    house.tokens.reencrypt()
                    house.portals.reencrypt()
        except Exception as error:
            faults.append(error)

    rotating = threading.Thread(target=rotate_to_and_fro)
    rotating.start()
    try:
        for _ in range(ROUNDS):
            doors.control.expire_tokens(doors.a.host, 1)
            assert program.get().status_code == 200
            assert doors.event(doors.a, "ONTASKADD").status_code == 200
    finally:
        done.set()
        rotating.join()
    assert faults == []
    assert doors.world.auth.renewals == ROUNDS


def test_a_value_that_was_copied_into_another_row_or_column_does_not_open(
    both: tuple[EndpointHarness, Container],
) -> None:
    doors, _ = both
    with doors.container.database.write() as session:
        a = session.get(OAuthTokenRow, (doors.a.member_id, 1))
        b = session.get(OAuthTokenRow, (doors.b.member_id, 1))
        portal = session.get(PortalRow, doors.a.member_id)
        assert a is not None
        assert b is not None
        assert portal is not None
        b.access_token, b.refresh_token = a.access_token, a.refresh_token
        a.refresh_token, portal.application_token = a.access_token, a.access_token
    for portal_of in (doors.a, doors.b):
        with pytest.raises(DecryptionFailed):
            doors.container.tokens.current(portal_of.member_id, 1)
    with pytest.raises(DecryptionFailed):
        doors.container.portals.knows_application_token(
            doors.a.member_id, doors.a.application_token
        )


def test_everything_stored_of_a_grant_is_sealed(both: tuple[EndpointHarness, Container]) -> None:
    doors, _ = both
    granted = doors.world.auth.of_portal(doors.a.member_id)
    with doors.container.database.read() as session:
        kept = b"".join(
            row.access_token + row.refresh_token for row in session.scalars(select(OAuthTokenRow))
        )
    for grant in granted:
        assert grant.access_token.encode() not in kept
        assert grant.refresh_token.encode() not in kept
