"""The tables of docs/ that tests fill: current, and neither a row nor a mark without the other."""

from __future__ import annotations

import pytest

from tests.support.document_tables import (
    DOCUMENTS,
    MARKS,
    read,
    rows,
    unclear,
    without_test,
    written,
)


@pytest.mark.promise("every line of the threat model names its test")
@pytest.mark.parametrize("kind", MARKS)
def test_every_mark_means_a_row_and_every_row_has_a_test(kind: str) -> None:
    assert unclear(kind) == []
    assert without_test(kind) == []


@pytest.mark.parametrize("kind", MARKS)
def test_the_tables_are_current(kind: str) -> None:
    assert written(kind) == read(kind), "run `make docs`"


def test_promises_reference_and_threats_are_many_but_the_threat_model_is_one_page() -> None:
    assert len(rows(read("promise"))) > 35
    assert len(rows(read("reference"))) > 80
    assert 20 < len(rows(read("threat"))) < 40
    assert len((DOCUMENTS / MARKS["threat"]).read_text(encoding="utf-8").splitlines()) < 90
