"""Documents that name tests: their rows, and which of the named are not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
DOCUMENTS = TESTS.parent / "docs"
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows(document: str) -> list[list[str]]:
    """The cells of every row of a document's tables, without their headings."""
    lines = (DOCUMENTS / document).read_text(encoding="utf-8").splitlines()
    heads = {number - 1 for number, line in enumerate(lines) if line.startswith("|---")}
    return [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for number, line in enumerate(lines)
        if line.startswith("| ") and number not in heads
    ]


def named(cell: str) -> list[tuple[str, str]]:
    """The files and functions that a cell names."""
    return NAMED.findall(cell)


def missing(cell: str) -> list[str]:
    """Those of the named that do not exist."""
    return [name for file, name in named(cell) if name not in _functions(file)]


def _functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
