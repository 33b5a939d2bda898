"""The promises stay true: every test and every measurement that they name is there."""

from __future__ import annotations

import pytest

from tests.support.named_tests import missing, named, rows

PROMISES = rows("promises.md")


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row[0][:40])
def test_every_promise_names_what_holds_it(row: list[str]) -> None:
    assert named(row[1])
    assert missing(row[1]) == []


def test_nothing_is_promised_without_a_table() -> None:
    assert len(PROMISES) > 35
