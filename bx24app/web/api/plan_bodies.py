"""What the calls of flows as code take in their bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import request

from bx24app.blueprints.document import Document, parse_document
from bx24app.blueprints.nodes import Finding, Node, below, node_of
from bx24app.blueprints.planning import Options
from bx24app.blueprints.reading import read_document
from bx24app.flows.problems import InvalidFlow
from bx24app.i18n import N_
from bx24app.web.api.bodies import JSON, read_body
from bx24app.web.api.plan_parameters import DocumentQuery

YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
DEEPEST = 200
"""Levels of a body; a document has fewer, and is told of that with a place in it."""
NUMBER = re.compile(r"[1-9][0-9]{0,9}")
LONGEST_KEY = 100
MEMBERS = {"document", "variables", "mapping", "prune"}
UNUSABLE = N_("The member %(name)s of the body cannot be used.")
IN_THE_BODY = N_("Beside a JSON body there are no query parameters: put %(name)s into the body.")


class InvalidBody(InvalidFlow):
    """A member of the body is missing, unknown or of the wrong kind."""

    code = "invalid_document"
    message = N_("Each of the errors names a member of the call and what is wrong with it.")

    def __init__(self, *, name: str = "", message: str = UNUSABLE) -> None:
        """`message` says what is wrong with the member, or with the body as a whole."""
        where = below("", name) if name else ""
        super().__init__([Finding(where, "unusable", message, {"name": name} if name else {})])


def read_plan_body(query: DocumentQuery) -> tuple[Document, Options, Any]:
    """The document of the present request, its options, and the body for `Idempotency-Key`.

    Raises InvalidDocument, DocumentTooLarge, InvalidBody, or what `read_body` raises.
    """
    if request.mimetype in YAML:
        sent = request.get_data()
        given: dict[str, Any] = {"prune": bool(query.prune)}
        given["mapping"] = _object("mapping", query.mapping)
        variables = _object("variables", query.variables)
        node, whole = read_document(sent), sent.decode("utf-8", "replace")
    else:
        node, variables, given, whole = _read_json(query)
    document = parse_document(node, variables)
    return document, Options(read_mapping(given["mapping"]), bool(given["prune"])), whole


def read_document_body() -> tuple[Node, Any]:
    """The document of the present request alone, and the body for `Idempotency-Key`.

    Raises InvalidDocument, DocumentTooLarge, InvalidBody, or what `read_body` raises.
    """
    if request.mimetype in YAML:
        sent = request.get_data()
        return read_document(sent), sent.decode("utf-8", "replace")
    whole = read_body((*JSON, *YAML), DEEPEST)
    if isinstance(whole, dict) and "document" not in whole and "flows" in whole:
        return node_of(whole), whole
    document = members(whole, {"document"}).get("document")
    if document is None:
        raise InvalidBody(name="document")
    return read_document(document) if isinstance(document, str) else node_of(document), whole


def read_apply_body() -> tuple[str, list[str], Any]:
    """The digest that the caller has seen, and what they accept; raises InvalidBody."""
    body = members(read_body(), {"digest", "accept"})
    digest, accept = body.get("digest"), body.get("accept", [])
    if not isinstance(digest, str):
        raise InvalidBody(name="digest")
    if not isinstance(accept, list) or not all(isinstance(code, str) for code in accept):
        raise InvalidBody(name="accept")
    return digest, accept, body


def read_key() -> tuple[str, Any]:
    """The key under which documents are to know a flow; raises InvalidBody."""
    body = members(read_body(), {"key"})
    key = body.get("key")
    fine = isinstance(key, str) and 0 < len(key) <= LONGEST_KEY and key.isprintable()
    if not fine or key != str(key).strip():
        raise InvalidBody(name="key")
    return str(key), body


def _read_json(query: DocumentQuery) -> tuple[Node, dict[str, Any], dict[str, Any], Any]:
    whole = members(read_body((*JSON, *YAML), DEEPEST), MEMBERS)
    for name in ("prune", "variables", "mapping"):
        if getattr(query, name) is not None:
            raise InvalidBody(message=IN_THE_BODY, name=name)
    document = whole.get("document")
    if document is None:
        raise InvalidBody(name="document")
    variables, mapping = whole.get("variables") or {}, whole.get("mapping") or {}
    prune = whole.get("prune") or False
    for name, value, kind in (
        ("variables", variables, dict),
        ("mapping", mapping, dict),
        ("prune", prune, bool),
    ):
        if not isinstance(value, kind):
            raise InvalidBody(name=name)
    node = read_document(document) if isinstance(document, str) else node_of(document)
    return node, variables, {"mapping": mapping, "prune": prune}, whole


def _object(name: str, text: str | None) -> dict[str, Any]:
    """The JSON object in a query parameter."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidBody(message=N_("The parameter %(name)s has to be a JSON object."), name=name)
    return found


def members(body: Any, known: set[str]) -> dict[str, Any]:
    """The body as an object that has only known members; raises InvalidBody."""
    if not isinstance(body, dict):
        raise InvalidBody(message=N_("The body has to be a JSON object."))
    for name in body.keys() - known:
        raise InvalidBody(name=name)
    return body


def read_mapping(given: Mapping[str, Any]) -> dict[str, int]:
    """What texts mean, by their numbers; raises InvalidBody."""
    for value in given.values():
        # `true` is a number to Python, but no id.
        if isinstance(value, bool) or not NUMBER.fullmatch(str(value)):
            raise InvalidBody(name="mapping")
    return {text: int(value) for text, value in given.items()}
