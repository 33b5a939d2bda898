"""Reads the JSON body of an API request strictly, so that no body can be read in two ways."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from flask import request

from bx24app.errors import Error
from bx24app.i18n import N_

JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", "application/json")
DEEPEST = 20
"""Nested lists and objects; a flow needs four."""


class MalformedJson(Error):
    """The body is no JSON, or JSON that readers understand differently."""

    code = "malformed_json"
    message = N_("The body cannot be parsed: %(reason)s.")


class UnsupportedMediaType(Error):
    """The body is not declared to be JSON."""

    code = "unsupported_media_type"
    message = N_("Send the body as %(types)s.")


def read_body(types: Collection[str] = JSON, deepest: int = DEEPEST) -> Any:
    """The JSON of the present request, nested at most so deeply.

    Raises UnsupportedMediaType, and MalformedJson for what is no JSON in UTF-8, for NaN and
    Infinity, doubled names, halves of surrogate pairs and endless nesting.
    """
    if request.mimetype not in types:
        raise UnsupportedMediaType(types=" / ".join(types))
    try:
        value = json.loads(
            # A byte order mark may be ignored (RFC 8259, 8.1).
            request.get_data().decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
        )
        if _depth(value) > deepest:
            raise MalformedJson(reason="nested too deeply")
        # Half of a surrogate pair passes `loads` and fails only when it is encoded.
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise MalformedJson(reason="nested too deeply") from None
    # This one and UnicodeError are ValueErrors, so they come before it.
    except json.JSONDecodeError as error:
        raise MalformedJson(reason=f"{error.msg}, line {error.lineno}") from None
    except UnicodeError:
        raise MalformedJson(reason="not UTF-8, or half of a surrogate pair") from None
    except ValueError:
        # Python refuses to convert integers of more than 4300 digits.
        raise MalformedJson(reason="a number that is too long") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    # Parsers disagree on which of two equal names counts.
    if len(found) < len(pairs):
        raise MalformedJson(reason="a name occurs twice in an object")
    return found


def _refuse_constant(name: str) -> Any:
    raise MalformedJson(reason=f"{name} is not a number")


def _depth(value: Any) -> int:
    """How deep lists and objects are nested; counted by level, because that may be very deep."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [list(item.values()) if isinstance(item, dict) else item for item in level]
        level = [item for items in inner if isinstance(items, list) for item in items]
    return depth
