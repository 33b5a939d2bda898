"""Writes into the tables of docs/ which tests show each row: `make docs` runs it.

A test says what it shows with a mark that quotes the beginning of a row, without backticks:
`@pytest.mark.promise("one refresh however many ask")`. Where two tables of a document have the same
row, the heading goes before it (`"Parameters: ownerId"`); a heading alone means all of its rows.
The marks are read from the source, so that measurements in tests/bench can carry them as well.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
DOCUMENTS = TESTS.parent / "docs"
MARKS = {
    "promise": "promises.md",
    "reference": "reference.md",
    "threat": "threat-model.md",
}
"""The document that each mark is for."""

Marks = dict[str, list[str]]
"""For each quoted row the tests that quote it, as `path::name` below tests/."""


@dataclass(frozen=True)
class Row:
    """One row of a table: its line in the document, the heading above, and its cells."""

    line: int
    heading: str
    cells: list[str]

    def is_meant_by(self, quoted: str) -> bool:
        """Whether a mark means this row."""
        row = plain(self.cells[0])
        return quoted == self.heading or f"{self.heading}: {row}" == quoted or _starts(row, quoted)


def rows(text: str) -> list[Row]:
    """The rows of a document's tables, without those that head a table."""
    lines, heading, found = text.splitlines(), "", []
    for number, line in enumerate(lines):
        if line.startswith("## "):
            heading = plain(line[3:])
        heads = number + 1 < len(lines) and lines[number + 1].startswith("|---")
        if line.startswith("| ") and not heads:
            found.append(Row(number, heading, [cell.strip() for cell in line.split("|")[1:-1]]))
    return found


def plain(cell: str) -> str:
    """A cell without the signs of Markdown."""
    return cell.replace("`", "").replace("*", "")


def read(kind: str) -> str:
    """The text of the document that a mark is for."""
    return (DOCUMENTS / MARKS[kind]).read_text(encoding="utf-8")


def marks(kind: str) -> Marks:
    """Every mark of a kind in the source of the tests."""
    found: Marks = defaultdict(list)
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for quoted in _quoted(node, kind):
                    found[quoted].append(f"{path.relative_to(TESTS)}::{node.name}")
    return found


def unclear(kind: str) -> list[str]:
    """Marks that mean no row or, a heading apart, more than one."""
    table = rows(read(kind))
    headings = {row.heading for row in table}
    return [
        quoted
        for quoted in marks(kind)
        if quoted not in headings and sum(row.is_meant_by(quoted) for row in table) != 1
    ]


def without_test(kind: str) -> list[str]:
    """Rows that no test shows."""
    found = marks(kind)
    return [
        row.cells[0]
        for row in rows(read(kind))
        if not any(row.is_meant_by(quoted) for quoted in found)
    ]


def written(kind: str) -> str:
    """The document with the tests of each row in the last cell."""
    text, found = read(kind), marks(kind)
    lines = text.splitlines()
    for row in rows(text):
        tests = sorted({t for q, ts in found.items() if row.is_meant_by(q) for t in ts})
        cells = [*row.cells[:-1], " ".join(f"`{test}`" for test in tests)]
        lines[row.line] = "| " + " | ".join(cells) + " |"
    return "\n".join(lines) + "\n"


def _starts(row: str, quoted: str) -> bool:
    """Whether a row is the quoted words, or they and something after a whole word."""
    return row.startswith(quoted) and not row[len(quoted) : len(quoted) + 1].isalnum()


def _quoted(function: ast.FunctionDef, kind: str) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == f"pytest.mark.{kind}":
            yield from (ast.literal_eval(argument) for argument in decorator.args)


if __name__ == "__main__":
    for mark, document in MARKS.items():
        (DOCUMENTS / document).write_text(written(mark), encoding="utf-8")
