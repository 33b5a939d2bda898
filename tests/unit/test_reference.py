"""The table of the reference pages names every row, and only places and tests that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bx24app.bitrix24.errors import ERRORS_BY_CODE
from bx24app.flows.spec import READ_ONLY, FlowChanges
from tests.unit.web.api.test_errors import SYSTEM
from tests.unit.web.api.test_reading import RETURNED

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "reference.md").read_text()
ROWS = [line.split(" | ") for line in TEXT.splitlines() if line.startswith("| ")]
NODE = re.compile(r"`(tests/\S+?\.py::.+?)`(?=<br>| \|)")
PLACE = re.compile(r"`(bx24app/[\w/]+\.py)`")
NODES = sorted(set(NODE.findall(TEXT)))


@pytest.fixture(scope="module")
def existing() -> set[str]:
    """Every test in the files that the table names, with and without its parameters."""
    files = sorted({node.split("::")[0] for node in NODES})
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return {*told, *(node.split("[")[0] for node in told)}


def test_every_test_that_is_named_exists(existing: set[str]) -> None:
    assert len(NODES) > 100
    assert [node for node in NODES if node not in existing] == []


def test_every_place_that_is_named_exists() -> None:
    places = set(PLACE.findall(TEXT))

    assert len(places) > 8
    assert [place for place in sorted(places) if not (ROOT / place).is_file()] == []


def test_every_row_has_a_place_and_a_test() -> None:
    rows = [cells for cells in ROWS if cells[0] != "| Row"]

    assert len(rows) > 80
    for row, words, places, tests in rows:
        assert words, row
        assert PLACE.search(places), row
        assert NODE.search(tests), row


def part(heading: str) -> str:
    """The text below a heading."""
    return TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("field", [*FlowChanges.__annotations__, "id", "flowData"])
def test_every_parameter_has_a_row(field: str) -> None:
    assert f"| `{field}`" in part("Parameters")


@pytest.mark.parametrize("field", [*RETURNED, "result"])
def test_every_returned_field_has_a_row(field: str) -> None:
    assert f"| `{field}`" in part("Returned fields")


@pytest.mark.parametrize("field", sorted(READ_ONLY))
def test_what_cannot_be_set_is_returned(field: str) -> None:
    assert field in RETURNED


@pytest.mark.parametrize("code", sorted({error for error, _, _ in SYSTEM}))
def test_every_system_error_has_a_row(code: str) -> None:
    assert f"`{code}` |" in part("System errors of every method")


OF_OTHER_SERVERS = {
    "invalid_grant",
    "not_installed",
    "wrong_client",
    "invalid_client",
    "invalid_scope",
    "unauthorized_client",
}
"""What only the authorization server says."""


def test_every_code_that_is_told_apart_is_provoked() -> None:
    provoked = {error.lower() for error, _, _ in SYSTEM}

    assert set(ERRORS_BY_CODE) - provoked == OF_OTHER_SERVERS
