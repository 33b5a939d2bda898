"""Masks secrets for logs and the journal: whatever could be one by its name is replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

SECRET_NAME = re.compile(r"token|secret|password|^auth(_id)?$|^refresh_id$", re.IGNORECASE)
SECRET_TEXT = re.compile(
    r"((?:access_token|refresh_token|client_secret|application_token|AUTH_ID|REFRESH_ID|auth|code"
    r"|state|X-Session)(?:\]|%5D)?[\"']?\s*[=:]\s*[\"']?|Bearer\s+)[^\s\"'&,;)}]+"
    r"|\bbx24_[\w-]{20,}",
    re.IGNORECASE,
)
"""What looks like a secret by the name before it, wherever a library may have written it; API keys
are known by how they begin."""

LONG_TEXT = re.compile(r"[\w-]{8,}\.[\w-]{4,}\.[\w-]{20,}|[\w-]{40,}")


DEEPEST = 64
"""Lists and objects within one another that are written down."""


def masked_json(value: Any, longest: int) -> str:
    """The beginning of a value as JSON, masked: at most `longest` characters.

    The value may be large, so no more of it is copied than what is kept.
    """
    kept = _beginning(value, [longest], 0)
    # The count was approximate, because escapes and separators are longer in JSON.
    return json.dumps(kept, ensure_ascii=False, default=str)[:longest]


def _beginning(value: Any, left: list[int], depth: int) -> Any:
    """A masked copy until the characters that are `left` are used up; deeper values become “…”."""
    # Every value costs something, so that empty ones cannot go on without end.
    left[0] -= 2
    if isinstance(value, str):
        # Cut here, because one text alone may have megabytes.
        text = value[: max(left[0], 0)]
        left[0] -= len(text)
        return text
    if not isinstance(value, Mapping | list | tuple):
        return value
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        copied: dict[str, Any] = {}
        for key, inner in value.items():
            if left[0] <= 0:
                break
            left[0] -= len(str(key))
            # By name, not by looks: tokens have no form that Bitrix24 promises.
            secret = SECRET_NAME.search(str(key))
            copied[key] = "***" if secret else _beginning(inner, left, depth + 1)
        return copied
    items = []
    for inner in value:
        if left[0] <= 0:
            break
        items.append(_beginning(inner, left, depth + 1))
    return items


def mask_text(text: str) -> str:
    """The text with everything replaced that follows the name of a secret."""
    return SECRET_TEXT.sub(r"\1***", text)


def mask_path(text: str) -> str:
    """The text with everything replaced that looks like a secret, which might stand in a path.

    That is everything as long as a token, a code or a session value, and everything in three parts
    as our signed sessions are. A portal's id is shorter.
    """
    return LONG_TEXT.sub("***", mask_text(text))
