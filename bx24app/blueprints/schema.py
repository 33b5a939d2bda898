"""The JSON Schema of documents, for editors and pipelines; made of the table of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.blueprints.document import LONGEST_KEY, VERSION
from bx24app.blueprints.durations import PATTERN
from bx24app.blueprints.fields import CREATE, OFF, THINGS
from bx24app.blueprints.references import EVERYONE
from bx24app.flows.field_types import DISTRIBUTIONS, LARGEST_ID, LONGEST, NAME_LENGTH, SHORTEST
from bx24app.flows.fields import FIELDS, Field

Schema = dict[str, Any]

VARIABLE: Schema = {
    "type": "string",
    "pattern": r"^\$[A-Za-z_][A-Za-z0-9_-]*$",
    "description": "A variable of the document.",
}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}


def blueprint_schema(address: str) -> Schema:
    """The schema (JSON Schema 2020-12) that is published at an address."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": "Blueprint of task flows",
        "type": "object",
        "properties": {
            "schema": {"const": VERSION},
            "variables": {
                "type": ["object", "null"],
                "description": "Filled in per portal; a value here is the default.",
            },
            "flows": {
                "type": "object",
                "description": "The flows that are wanted, by keys of your own.",
                "propertyNames": {"minLength": 1, "maxLength": LONGEST_KEY},
                "additionalProperties": {"anyOf": [{"$ref": "#/$defs/flow"}, VARIABLE]},
            },
        },
        "required": ["schema", "flows"],
        "additionalProperties": False,
        "$defs": {"flow": _flow(), **_references()},
    }


def _flow() -> Schema:
    properties: Schema = {
        "state": {
            "enum": ["present", "absent"],
            "description": "absent deletes the flow, if it is owned.",
        },
        "id": ID | {"description": "Ties the flow to one portal."},
        "active": _or_variable({"enum": [True, False, 0, 1]}, "Whether the flow is on."),
    }
    for row in FIELDS:
        properties[row.name] = _or_variable(_value(row), row.about)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(row: Field) -> Schema:
    """What a document may hold for a field, by its kind."""
    if row.name in THINGS:
        return _thing(row.name)
    text = {"type": "string"} | (
        {"minLength": 1, "maxLength": NAME_LENGTH} if row.kind == "text" else {}
    )
    kinds: Mapping[str, Schema] = {
        "text": _per_language(text),
        "lines": _per_language(text),
        "duration": {
            "anyOf": [
                {"type": "string", "pattern": PATTERN},
                {"type": "integer", "minimum": SHORTEST, "maximum": LONGEST},
            ]
        },
        "distribution": {"enum": list(DISTRIBUTIONS)},
        "people": _people(everyone=row.name == "taskCreators"),
        "switch": {"enum": [True, False, 0, 1]},
        "limit": {
            "anyOf": [
                {"type": ["integer", "null"], "minimum": 0, "maximum": row.highest},
                {"const": OFF},
            ]
        },
    }
    return kinds[row.kind]


def _per_language(text: Schema) -> Schema:
    texts = {"type": "object", "additionalProperties": text, "minProperties": 1}
    return {"anyOf": [text, texts]}


def _people(*, everyone: bool) -> Schema:
    entry = {"anyOf": [{"$ref": "#/$defs/person"}, {"$ref": "#/$defs/department"}, VARIABLE]}
    if everyone:
        entry["anyOf"].append({"const": EVERYONE})
    listed: Schema = {"type": "array", "items": entry}
    return {"anyOf": [listed, {"const": EVERYONE}] if everyone else [listed]}


def _thing(name: str) -> Schema:
    forms: list[Schema] = [{"$ref": f"#/$defs/{THINGS[name]}".replace("user", "person")}]
    if name == "groupId":
        forms.append({"enum": [CREATE, 0]})
    if name == "templateId":
        forms.append({"const": 0})
    return {"anyOf": forms}


def _references() -> Schema:
    def named(kind: str, about: str, least: int = 1, **more: Schema) -> Schema:
        number = {"type": "integer", "minimum": least, "maximum": LARGEST_ID}
        by_id = {
            "type": "object",
            "properties": {"id": number, **more},
            "required": ["id"],
            "additionalProperties": False,
        }
        text = {"type": "string", "minLength": 1}
        return {
            "type": "object",
            "description": about,
            "properties": {kind: {"anyOf": [text, by_id]}, **more},
            "required": [kind],
            "additionalProperties": False,
        }

    only = {"type": "boolean", "description": "Without the departments below."}
    return {
        "person": named("user", "An e-mail or a full name, or {id: 3}."),
        "department": named("department", "A path from below the root, or a name.", only=only),
        "project": named("project", "The name of a project, or {id: 5}.", 0),
        "template": named("template", "The title of a template, or {id: 11}.", 0),
    }


def _or_variable(schema: Schema, about: str) -> Schema:
    forms = schema.get("anyOf", [schema])
    return {"description": about, "anyOf": [*forms, VARIABLE]}
