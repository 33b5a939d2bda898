"""The OpenAPI document is valid against OpenAPI 3.1, and what it shows against its own schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.app_harness import AppHarness

DOCUMENT = "/api/v1/openapi.json"
SHOWN = ("default", "example")


@pytest.fixture(scope="module")
def document(shared_app: AppHarness) -> dict[str, Any]:
    """The document as anybody may read it."""
    return shared_app.browser.get(DOCUMENT).json


def test_it_is_valid_against_openapi_3_1(document: dict[str, Any]) -> None:
    found = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]

    assert found == []


def test_every_default_and_example_is_valid_against_its_schema(document: dict[str, Any]) -> None:
    found = list(shown_values(document))

    assert len(found) > 20
    assert [place for place, schema, value in found if not fits(document, schema, value)] == []


@pytest.mark.parametrize("wrong", ["", None, "two words"])
def test_a_default_that_its_schema_refuses_is_found(document: dict[str, Any], wrong: Any) -> None:
    key = {"type": "string", "minLength": 1, "pattern": "^[!-~]+$", "default": wrong}

    [(_, schema, value)] = shown_values({"schema": key}, "")

    assert not fits(document, schema, value)


def shown_values(part: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Every default and example of a part of a document: where it is, its schema, and the value.

    A schema shows values itself; a parameter or a media type shows values of its `schema`.
    """
    if isinstance(part, list):
        for number, item in enumerate(part):
            yield from shown_values(item, f"{place}/{number}")
    if not isinstance(part, Mapping):
        return
    schema = part.get("schema", part)
    for name in SHOWN:
        # Below `properties` these are names of fields, not words of a schema.
        if name in part and not place.endswith("/properties"):
            yield f"{place}/{name}", schema, part[name]
    examples = part.get("examples", ())
    named = isinstance(examples, Mapping)
    for number, value in examples.items() if isinstance(examples, Mapping) else enumerate(examples):
        yield f"{place}/examples/{number}", schema, value["value"] if named else value
    for name, inner in part.items():
        if name not in (*SHOWN, "examples"):
            yield from shown_values(inner, f"{place}/{name}")


def fits(document: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a value is valid against a schema of the document."""
    whole = {"$ref": "#/$defs/wanted", "$defs": {"wanted": schema}}
    whole["components"] = document["components"]
    return jsonschema_rs.Draft202012Validator(whole).is_valid(value)
