"""A token that came while the database was away is used, and saved as soon as that is back."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bx24app.store.models import OAuthTokenRow
from tests.support.app_harness import AppHarness
from tests.support.passing_time import let_pass


class AwayForTokens:
    """A database that takes no new token, as if it were away for just that moment."""

    def __init__(self, engine: Any) -> None:
        self.away = True
        event.listen(engine, "before_cursor_execute", self._refuse)

    def _refuse(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if self.away and "UPDATE oauth_tokens" in statement and "access_token" in statement:
            raise OperationalError(statement, {}, Exception("away"))


@pytest.fixture
def away(stored_app: AppHarness) -> AwayForTokens:
    return AwayForTokens(stored_app.container.database.engine)


def version(app: AppHarness) -> int:
    with app.container.database.read() as session:
        return session.get_one(OAuthTokenRow, (app.a.member_id, 1)).version


def wait_until_saved(app: AppHarness, before: int) -> None:
    end = time.monotonic() + 10
    while version(app) == before and time.monotonic() < end:
        time.sleep(0.05)
    assert version(app) == before + 1


def test_it_is_used_and_saved_later(stored_app: AppHarness, away: AwayForTokens) -> None:
    api, before = stored_app.program(stored_app.a), version(stored_app)
    let_pass(stored_app, hours=2)

    for _ in range(3):
        assert api.get("exists?name=Any").status_code == 200
    assert (version(stored_app), stored_app.world.auth.renewals) == (before, 1)
    away.away = False
    wait_until_saved(stored_app, before)

    assert api.get("exists?name=Any").status_code == 200
    assert stored_app.world.auth.renewals == 1


def test_it_can_itself_be_refreshed_before_it_was_saved(
    stored_app: AppHarness, away: AwayForTokens
) -> None:
    api, before = stored_app.program(stored_app.a), version(stored_app)
    let_pass(stored_app, hours=2)
    assert api.get("exists?name=Any").status_code == 200
    stored_app.control.expire_tokens()  # the portal refuses the new one before its time
    let_pass(stored_app, minutes=1)  # the lease has ended

    assert api.get("exists?name=Any").status_code == 200
    assert stored_app.world.auth.renewals == 2
    away.away = False
    wait_until_saved(stored_app, before)
    assert api.get("exists?name=Any").status_code == 200


def test_a_portal_that_left_meanwhile_is_not_brought_back(
    stored_app: AppHarness, away: AwayForTokens
) -> None:
    api = stored_app.program(stored_app.a)
    let_pass(stored_app, hours=2)
    assert api.get("exists?name=Any").status_code == 200

    stored_app.container.portals.forget(stored_app.a.member_id)
    away.away = False
    time.sleep(1.5)

    with stored_app.container.database.read() as session:
        assert session.get(OAuthTokenRow, (stored_app.a.member_id, 1)) is None
