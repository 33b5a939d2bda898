"""The reference table has every parameter, field and error, and names only files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bx24app.bitrix24.errors import ERRORS_BY_CODE
from bx24app.flows.fields import BY_NAME
from bx24app.flows.spec import READ_ONLY
from tests.support.document_tables import read, rows
from tests.unit.web.api.test_errors import SYSTEM
from tests.unit.web.api.test_reading import RETURNED

ROOT = Path(__file__).resolve().parents[2]
TEXT = read("reference")
SOURCE = re.compile(r"`(bx24app/[\w/]+\.py)`")


def test_every_row_says_something_and_names_files_that_exist() -> None:
    for row in rows(TEXT):
        _, words, files, _ = row.cells
        assert words, row
        assert SOURCE.search(files), row
        assert [file for file in SOURCE.findall(files) if not (ROOT / file).is_file()] == []


def part(heading: str) -> str:
    """The text below a heading."""
    return TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("field", [*BY_NAME, "id", "flowData"])
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
