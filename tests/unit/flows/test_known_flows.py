"""Known flows only watch: where one cannot be noted, the work on the portal counts all the same."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.app_harness import AppHarness
from tests.support.samples import LEAST


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("POST", "", LEAST, 201),
        ("PATCH", "/101", {"description": "New"}, 200),
        ("DELETE", "/101", None, 204),
        ("GET", "/102", None, 200),
    ],
)
def test_what_was_done_is_told_though_it_could_not_be_noted(
    verb: str, path: str, body: object, status: int, stored_app: AppHarness
) -> None:
    api = stored_app.program(stored_app.a)
    with stored_app.container.database.write() as session:
        session.execute(text("DROP TABLE known_flows"))

    assert api.call(verb, api.flows + path, json=body).status_code == status
