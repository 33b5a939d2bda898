"""The rules of docs/architecture.md that import-linter (see pyproject.toml) does not hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "bx24app").rglob("*.py"))
LONGEST_FILE = 300
LONG_FUNCTION = 31
VAGUE = {"utils", "helpers", "common", "manager", "services"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, also those inside another one."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the end, the docstring left out."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    words = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (words.end_lineno or words.lineno) - words.lineno + 1
    return lines


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_is_short_says_what_it_is_and_imports_at_its_top(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    inside = [n for f in functions(tree) for n in ast.walk(f) if isinstance(n, Import)]
    relative = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level]

    assert len(text.splitlines()) <= LONGEST_FILE
    assert (ast.get_docstring(tree) or "").rstrip().endswith(".")
    assert [node.lineno for node in inside + relative] == []
    assert not VAGUE & {*file.relative_to(ROOT).with_suffix("").parts}


def test_nine_of_ten_functions_are_short() -> None:
    found = [f for file in FILES for f in functions(ast.parse(file.read_text(encoding="utf-8")))]
    long = [f"{f.name} ({length(f)})" for f in found if length(f) >= LONG_FUNCTION]
    assert len(long) * 10 <= len(found), long


def test_no_view_reaches_the_database_through_the_container() -> None:
    reaching = re.compile(r"\.(database|encryption)\b(?!\.)")
    web = [file for file in FILES if "web" in file.parts]
    assert [file.name for file in web if reaching.search(file.read_text(encoding="utf-8"))] == []
