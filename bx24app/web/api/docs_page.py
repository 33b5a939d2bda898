"""The description of the API as a page: operations and schemas of the document as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from bx24app.web.api.docs_words import sample
from bx24app.web.api.schemas import example
from bx24app.web.errors import STATUS

Part = dict[str, Any]

VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One call: what it is named, what it takes, what it answers."""

    verb: str
    path: str
    about: Part
    takes: list[str]
    """Names of the shapes of its body."""
    types: list[str]
    """Media types of its body."""
    gives: dict[str, Part]
    """Its good answers by their status."""
    problems: list[Part]
    """An example of each problem document it may answer."""


@dataclass(frozen=True)
class Field:
    """One field of a shape."""

    name: str
    kind: str
    required: bool
    description: Markup


def operations(document: Part) -> Iterator[Operation]:
    """Every call of the document, in its order."""
    for path, item in document["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield _operation(verb, path, item[verb])


def problems() -> list[Part]:
    """An example of each problem document of the application, by status and code."""
    found = [example(code) for code in STATUS]
    return sorted(found, key=lambda problem: (problem["status"], problem["code"]))


def curl(call: Operation, server: str) -> str:
    """A call as a line for a shell, with the key, the portal and the flow in variables."""
    address = server + call.path.replace("{member_id}", "$PORTAL").replace("{id}", "$FLOW")
    # The number of a plan or of a line of the history and the name of a blueprint, as examples.
    address = address.replace("{number}", "7").replace("{slug}", "help-desk")
    query = [
        f"{part['name']}=NAME"
        for part in call.about.get("parameters", ())
        if part["in"] == "query" and part.get("required")
    ]
    verb = "" if call.verb == "GET" else f"-X {call.verb} "
    line = f'curl {verb}-H "Authorization: Bearer $KEY" "{"?".join([address, *query])}"'
    for content_type, media in call.about.get("requestBody", {}).get("content", {}).items():
        body = json.dumps(media["example"])
        # Media types of one call share their example, so the first is enough.
        return f"{line} -H \"Content-Type: {content_type}\" -d '{body}'"
    return line


def answers(call: Operation, schemas: Part) -> list[str]:
    """The bodies of a call's good answers, as examples in JSON; each shape once."""
    shapes = {
        media["schema"]["$ref"]
        for part in call.gives.values()
        for kind_of_body, media in part.get("content", {}).items()
        if "json" in kind_of_body
    }
    return [json.dumps(sample({"$ref": shape}, schemas), indent=1) for shape in sorted(shapes)]


def fields(schema: Part) -> list[Field]:
    """The fields of a shape."""
    return [
        Field(name, kind(part), name in schema.get("required", ()), markup(part))
        for name, part in schema.get("properties", {}).items()
    ]


def kind(schema: Part) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"].split("/")[-1])
    if "anyOf" in schema:
        return " or ".join(kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value).lower() for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items", {})
        # Only Bitrix24's pairs of type and id have a fixed number of items.
        return f"list of {kind(items)}" if "prefixItems" not in schema else "[type, id]"
    names = schema.get("type", "any")
    return " or ".join([names] if isinstance(names, str) else names) + _limits(schema)


def markup(part: Part) -> Markup:
    """A description in which text between backquotes becomes `<code>`."""
    pieces = str(part.get("description", "")).split("`")
    return Markup("").join(
        # `Markup.format` escapes what it inserts. Odd pieces stood between backquotes.
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )


def _operation(verb: str, path: str, about: Part) -> Operation:
    content = about.get("requestBody", {}).get("content", {})
    shapes = {media["schema"]["$ref"].split("/")[-1] for media in content.values()}
    return Operation(
        verb=verb.upper(),
        path=path,
        about=about,
        takes=sorted(shapes),
        types=list(content),
        # Statuses are text in an OpenAPI document.
        gives={status: part for status, part in about["responses"].items() if status < "4"},
        problems=list(_examples(about)),
    )


def _examples(operation: Part) -> Iterator[Part]:
    for answer in operation["responses"].values():
        for media in answer.get("content", {}).values():
            for shown in media.get("examples", {}).values():
                yield shown["value"]


def _limits(schema: Part) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    if low is None and high is None:
        return ""
    unit = " characters" if "maxLength" in schema else ""
    return f", {'' if low is None else low}–{'' if high is None else high}{unit}"
