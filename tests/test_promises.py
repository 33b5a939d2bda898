"""The promises stay true: every test and every measurement that they name is there."""

from __future__ import annotations

import pytest

from tests.test_threat_model import NAMED, TESTS, functions

PROMISES = TESTS.parent / "docs" / "promises.md"


def rows() -> list[str]:
    """The rows of its tables, without their headings."""
    lines = PROMISES.read_text(encoding="utf-8").splitlines()
    return [
        line
        for line in lines
        if line.startswith("| ") and not line.startswith(("| promise", "|---"))
    ]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_promise_names_what_holds_it(row: str) -> None:
    named = NAMED.findall(row.split("|")[2])
    assert named
    assert [name for file, name in named if name not in functions(file)] == []


def test_nothing_is_promised_without_a_table() -> None:
    assert len(rows()) > 35
