"""One blueprint for several flows: a table with a row for each, as it comes from a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bx24app.blueprints.document import Document, WantedFlow, parse_document, text_for
from bx24app.blueprints.fields import THINGS
from bx24app.blueprints.nodes import Finding, InvalidDocument, Node, node_of
from bx24app.blueprints.portal_index import PortalIndex, department_path
from bx24app.blueprints.references import EVERYONE
from bx24app.blueprints.variables import declared_variables, escape, stand_ins
from bx24app.flows.fields import BY_NAME
from bx24app.i18n import N_

NAME = "name"
MOST_ROWS = 200
SEPARATORS = ("\t", ";", ",")
"""Between the cells: a tab where a table was pasted, else what programs write into CSV files."""
YES = ("true", "yes", "1", "да")
NO = ("false", "no", "0", "нет")
Row = Mapping[str, str]
"""The cells of a row by their columns; empty ones are left out."""
KindOf = Callable[[str], str]
"""Tells whether a text names a user or a department."""


def parse_table(text: str) -> list[Row]:
    """The rows of a table whose first line names the columns; raises InvalidDocument."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    separator = next((one for one in SEPARATORS if one in first), SEPARATORS[0])
    cells = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    if len(cells) < 2 or NAME not in cells[0]:
        message = N_("Give a first line with the column “name”, and a line for each flow below it.")
        raise InvalidDocument([Finding("/rows", "missing", message)])
    if len(cells) > MOST_ROWS + 1:
        message = N_("At most %(most)s flows at once.")
        raise InvalidDocument([Finding("/rows", "too_many", message, {"most": MOST_ROWS})])
    rows: list[Row] = [
        {column: cell for column, cell in zip(cells[0], row, strict=False) if column and cell}
        for row in cells[1:]
    ]
    _refuse_names(rows)
    return rows


def several(node: Node, rows: Sequence[Row], kind_of: KindOf) -> Document:
    """A document with a flow for each row, made after its only one; raises InvalidDocument.

    A column is a variable of the document or a field of flows. Texts of people and departments
    are told apart by `kind_of`.
    """
    _only_flow(node)
    declared = declared_variables(node.value.get("variables"), [])
    _refuse_columns(rows, declared)
    flows: dict[str, WantedFlow] = {}
    for number, row in enumerate(rows, 1):
        cells = _Cells(number, row, kind_of)
        given = {name: cells.value(name, declared[name].value) for name in row if name in declared}
        fields = {name: cells.field(name) for name in row if name not in declared}
        flows.update(parse_document(_of_row(node, row[NAME], fields), given).flows)
    return Document(flows)


def proposed_table(node: Node, index: PortalIndex, language: str) -> str:
    """A table with a row for each department, which does the tasks; raises InvalidDocument."""
    flow = _only_flow(node)
    declared = declared_variables(node.value.get("variables"), [])
    team = next((name for name, one in declared.items() if one.value == []), "responsibleList")
    name = text_for(flow.texts.get("name", flow.key), language)
    # Without the root, which is the company as a whole.
    numbers = [one for one in index.kinds["department"] if index.parents.get(str(one))]
    paths = [path for number in numbers if (path := department_path(index, number))]
    table = io.StringIO()
    writer = csv.writer(table, delimiter=SEPARATORS[0], lineterminator="\n")
    writer.writerow([NAME, team])
    writer.writerows([f"{name} – {path}", path] for path in paths[:MOST_ROWS])
    return table.getvalue().rstrip()


class _Cells:
    """The cells of one row, as values of a document."""

    def __init__(self, number: int, row: Row, kind_of: KindOf) -> None:
        self._number = number
        self._row = row
        self._kind_of = kind_of

    def value(self, name: str, default: Any) -> Any:
        """The value of a variable, of the kind that its default has."""
        text = self._row[name]
        if isinstance(default, list):
            return self._entries(text)
        if isinstance(default, bool):
            return _switch(text)
        return int(text) if isinstance(default, int) and text.isdecimal() else text

    def field(self, name: str) -> Node:
        """The value of a field of flows, as a document has it."""
        text, pointer = self._row[name], f"/rows/{self._number}/{name}"
        kind = BY_NAME[name].kind
        value: Any = escape(text)
        if kind == "people":
            value = [escape(one) if isinstance(one, str) else one for one in self._entries(text)]
        elif name in THINGS and text not in ("create", "0"):
            value = {THINGS[name]: escape(text)}
        elif kind == "switch":
            value = _switch(text)
        elif kind in ("limit", "duration") and text.isdecimal():
            value = int(text)
        return node_of(value, pointer)

    def _entries(self, text: str) -> list[Any]:
        parts = [part.strip() for part in text.replace(";", ",").split(",")]
        return [part if part == EVERYONE else {self._kind_of(part): part} for part in parts if part]


def _of_row(node: Node, name: str, fields: Mapping[str, Node]) -> Node:
    """The document of one row: its flow has a name, and so a key, of its own."""
    flows = node.value["flows"]
    ((key, flow),) = flows.value.items()
    # A new name for what the row itself names; the columns go before the document.
    own = Node({**flow.value, **fields}, flow.pointer, flow.line)
    named = Node({f"{key[:40]}-{name[:55].strip()}": own}, flows.pointer, flows.line)
    return Node({**node.value, "flows": named}, node.pointer, node.line)


def _only_flow(node: Node) -> WantedFlow:
    """The flow after which others are made; raises InvalidDocument."""
    flows = parse_document(node, stand_ins(node)).flows
    if len(flows) != 1:
        message = N_("Several flows are made after one: the document has to hold exactly one.")
        raise InvalidDocument([node.value["flows"].finding("several_flows", message)])
    return next(iter(flows.values()))


def _switch(text: str) -> Any:
    known = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    return known.get(text.casefold(), text)


def _refuse_names(rows: Sequence[Row]) -> None:
    found = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        pointer, name = f"/rows/{number}/name", row.get(NAME, "").casefold()
        if not name:
            found.append(Finding(pointer, "missing", N_("Give each flow a name.")))
        elif name in seen:
            message = N_("Row %(row)s has the same name.")
            found.append(Finding(pointer, "same_name", message, {"row": seen[name]}))
        seen.setdefault(name, number)
    if found:
        raise InvalidDocument(found)


def _refuse_columns(rows: Sequence[Row], declared: Mapping[str, Node]) -> None:
    columns = dict.fromkeys(column for row in rows for column in row)
    message = N_("“%(name)s” is neither a variable of the document nor a field of flows.")
    found = [
        Finding(f"/rows/{column}", "unknown_field", message, {"name": column})
        for column in columns
        if column not in declared and column not in BY_NAME
    ]
    if found:
        raise InvalidDocument(found)
