"""A document is checked without a portal: fields, variables, languages, references."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from bx24app.blueprints.document import Document, parse_document
from bx24app.blueprints.nodes import InvalidDocument
from bx24app.blueprints.reading import read_document
from bx24app.blueprints.schema import blueprint_schema

EXAMPLE = """
schema: 1
variables:
  agents: []
flows:
  help-desk:
    name: {en: IT help desk, ru: ИТ-поддержка}
    plannedCompletionTime: 4h
    matchWorkTime: true
    distributionType: queue
    responsibleList:
      - user: anna@example.com
      - department: Office/Support
        only: true
      - $agents
    taskCreators: everyone
    ownerId: {user: Alice Carter}
    groupId: {project: Help desk}
    templateId: {template: Standard request}
    notifyOnQueueOverflow: 20
    active: true
"""
FLOW = "schema: 1\nvariables: {one: x, many: []}\nflows:\n  a:\n    "


def parsed(text: str, **variables: Any) -> Document:
    return parse_document(read_document(text), variables)


def findings(text: str, **variables: Any) -> list[tuple[str, int | None, str]]:
    """Pointer, line and code of everything wrong."""
    with pytest.raises(InvalidDocument) as refused:
        parsed(text, **variables)
    return [(one.pointer, one.line, one.code) for one in refused.value.problems]


def test_values_become_those_of_bitrix24() -> None:
    document = parsed(EXAMPLE, agents=[{"user": "Boris Lee"}, {"user": {"id": 3}}])
    flow = document.flows["help-desk"]

    assert flow.data("ru")["name"] == "ИТ-поддержка"
    assert flow.data("de")["name"] == "IT help desk"
    assert flow.data("en") | {"name": ""} == {
        "name": "",
        "plannedCompletionTime": 14400,
        "matchWorkTime": True,
        "distributionType": "queue",
        "notifyOnQueueOverflow": 20,
    }
    assert [(one.kind, one.text or one.id, one.only) for one in document.references()] == [
        ("user", "anna@example.com", False),
        ("department", "Office/Support", True),
        ("user", "Boris Lee", False),
        ("user", 3, False),
        ("user", "Alice Carter", False),
        ("project", "Help desk", False),
        ("template", "Standard request", False),
    ]


def test_the_published_schema_takes_the_example_and_finds_a_misspelt_field() -> None:
    schema = blueprint_schema("https://flows.example/api/v1/blueprint.schema.json")
    example = read_document(EXAMPLE).plain()
    validator = jsonschema_rs.validator_for(schema)

    assert validator.is_valid(example)
    example["flows"]["help-desk"]["plannedCompletionTim"] = "4h"
    assert not validator.is_valid(example)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("plannedCompletionTime: 1h1h", "not_a_duration"),
        ("plannedCompletionTime: 30m", "not_a_duration"),
        ("plannedCompletionTime: 1800", "out_of_range"),
        ("matchWorkTime: yes", "not_a_switch"),
        ("active: on", "not_a_switch"),
        ("name: 12", "not_text"),
        ("distributionType: round", "unknown_value"),
        ("notifyOnQueueOverflow: many", "not_a_number"),
        ("responsibleList: everyone", "not_a_list"),
        ("taskCreators: all", "not_a_list"),
        ("ownerId: Alice Carter", "bad_reference"),
        ("ownerId: 3", "bad_reference"),
        ("colour: red", "unknown_field"),
        ("state: gone", "unknown_value"),
        ("id: x", "bad_id"),
        ("name: $unknown", "unknown_variable"),
        ("name: $ 100", "bare_dollar"),
    ],
)
def test_a_wrong_field_is_pointed_at(line: str, code: str) -> None:
    assert findings(FLOW + line) == [(f"/flows/a/{line.partition(':')[0]}", 5, code)]


def test_everything_wrong_is_told_at_once() -> None:
    text = "schema: 2\nflows:\n  a: {name: 3, matchWorkTime: no}\nmore: 1\n"

    assert sorted(findings(text)) == [
        ("/flows/a/matchWorkTime", 3, "not_a_switch"),
        ("/flows/a/name", 3, "not_text"),
        ("/more", 4, "unknown_field"),
        ("/schema", 1, "unknown_version"),
    ]
    assert findings("{}") == [("", None, "missing"), ("", None, "missing")]


@pytest.mark.parametrize("given", [{"other": 1}, {"one": 3}, {"many": "x"}])
def test_variables_are_declared_and_of_one_kind(given: dict[str, Any]) -> None:
    ((pointer, line, code),) = findings(FLOW + "name: A", **given)

    assert pointer == f"/variables/{next(iter(given))}"
    assert line is None
    assert code in ("unknown_variable", "wrong_kind")


def test_a_dollar_is_written_twice() -> None:
    assert parsed(FLOW + "name: $$one").flows["a"].data("en") == {"name": "$one"}
    assert parsed(FLOW + "name: $one", one="$two").flows["a"].data("en") == {"name": "$two"}


def test_two_flows_cannot_have_one_name() -> None:
    text = "schema: 1\nflows:\n  a: {name: Desk}\n  b: {name: {ru: Стол, en: DESK}}\n"
    assert findings(text) == [("/flows/b/name", 4, "same_name")]
