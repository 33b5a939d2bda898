"""The threat model stays true: every test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODEL = TESTS.parent / "docs" / "threat-model.md"
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[str]:
    """The rows of its tables, without their headings."""
    lines = MODEL.read_text(encoding="utf-8").splitlines()
    return [
        line
        for line in lines
        if line.startswith("| ") and not line.startswith(("| what is tried", "|---"))
    ]


def functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_line_names_a_test_that_exists(row: str) -> None:
    named = NAMED.findall(row.split("|")[3])
    assert named
    assert [name for file, name in named if name not in functions(file)] == []


def test_it_is_one_page() -> None:
    assert 20 < len(rows()) < 40
    assert len(MODEL.read_text(encoding="utf-8").splitlines()) < 90
