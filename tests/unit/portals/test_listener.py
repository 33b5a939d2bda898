"""What an exchange tells about its portal is noted where that can be, and never the outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bx24app.store.models import PortalRow
from tests.support.app_harness import AppHarness
from tests.support.samples import LEAST


def test_a_write_is_told_as_done_though_its_news_could_not_be_stored(
    stored_app: AppHarness,
) -> None:
    api, noted = stored_app.program(stored_app.a), []
    with stored_app.container.database.write() as session:
        session.get_one(PortalRow, stored_app.a.member_id).seen_at -= timedelta(days=2)

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE portals"):
            noted.append(statement)
            raise OperationalError(statement, {}, Exception("away"))

    event.listen(stored_app.container.database.engine, "before_cursor_execute", refuse)

    assert api.post(LEAST).status_code == 201
    assert noted
