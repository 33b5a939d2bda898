"""The threat model stays true: every test that it names is there."""

from __future__ import annotations

import pytest

from tests.support.named_tests import DOCUMENTS, missing, named, rows

MODEL = "threat-model.md"
LINES = rows(MODEL)


@pytest.mark.parametrize("row", LINES, ids=lambda row: row[0][:40])
def test_every_line_names_a_test_that_exists(row: list[str]) -> None:
    assert named(row[2])
    assert missing(row[2]) == []


def test_it_is_one_page() -> None:
    assert 20 < len(LINES) < 40
    assert len((DOCUMENTS / MODEL).read_text(encoding="utf-8").splitlines()) < 90
