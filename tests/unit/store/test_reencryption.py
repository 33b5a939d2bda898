"""Encrypted columns: bound to their row and column; their key is rotated while in use."""

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
    with EndpointHarness.open_empty(database_url, encryption_keys=(OLD, NEW)) as endpoints:
        endpoints.install_and_deliver()
        settings = SETTINGS | {"database_url": database_url, "encryption_keys": (NEW, OLD)}
        operators = Container.build(Config(**settings), transport=endpoints.way_out)
        yield endpoints, operators
        operators.database.close()


@pytest.mark.promise("tokens reencrypt while the application runs")
@pytest.mark.threat("a key that got out")
def test_rotating_while_the_application_works_loses_nothing(
    both: tuple[EndpointHarness, Container],
) -> None:
    endpoints, operators = both
    program, done, faults = endpoints.program(endpoints.a), threading.Event(), []

    def rotate_to_and_fro() -> None:
        try:
            while not done.is_set():
                for container in (operators, endpoints.container):
                    container.tokens.reencrypt()
                    container.portals.reencrypt()
        except Exception as error:
            faults.append(error)

    rotating = threading.Thread(target=rotate_to_and_fro)
    rotating.start()
    try:
        for _ in range(ROUNDS):
            endpoints.control.expire_tokens(endpoints.a.host, 1)
            assert program.get().status_code == 200
            assert endpoints.event(endpoints.a, "ONTASKADD").status_code == 200
    finally:
        done.set()
        rotating.join()
    assert faults == []
    assert endpoints.world.auth.renewals == ROUNDS


@pytest.mark.promise("tokens reencrypt while the application runs")
@pytest.mark.threat("copying an encrypted value to where it would be used for somebody else")
def test_a_value_that_was_copied_into_another_row_or_column_is_not_decrypted(
    both: tuple[EndpointHarness, Container],
) -> None:
    endpoints, _ = both
    with endpoints.container.database.write() as session:
        a = session.get(OAuthTokenRow, (endpoints.a.member_id, 1))
        b = session.get(OAuthTokenRow, (endpoints.b.member_id, 1))
        portal = session.get(PortalRow, endpoints.a.member_id)
        assert a is not None
        assert b is not None
        assert portal is not None
        b.access_token, b.refresh_token = a.access_token, a.refresh_token
        a.refresh_token, portal.application_token = a.access_token, a.access_token
    for portal_of in (endpoints.a, endpoints.b):
        with pytest.raises(DecryptionFailed):
            endpoints.container.tokens.current(portal_of.member_id, 1)
    with pytest.raises(DecryptionFailed):
        endpoints.container.portals.knows_application_token(
            endpoints.a.member_id, endpoints.a.application_token
        )


def test_everything_stored_of_a_token_is_encrypted(both: tuple[EndpointHarness, Container]) -> None:
    endpoints, _ = both
    granted = endpoints.world.auth.of_portal(endpoints.a.member_id)
    with endpoints.container.database.read() as session:
        kept = b"".join(
            row.access_token + row.refresh_token for row in session.scalars(select(OAuthTokenRow))
        )
    for grant in granted:
        assert grant.access_token.encode() not in kept
        assert grant.refresh_token.encode() not in kept
