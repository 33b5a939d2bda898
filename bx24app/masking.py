"""Masks secrets for logs and the journal: whatever could be one by its name is replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

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


PLAIN = (int, bool, float, type(None))
"""Values that are as short as they look, which most of a portal's are."""
LONGEST_KEPT = 64
"""Letters of a name whose looks are remembered."""
DEEPEST = 64
"""Lists and objects within one another that are written down."""


class Masked(NamedTuple):
    """A masked value as JSON."""

    text: str
    cut: bool
    """Whether something of it was left out, so that the text may be no whole JSON."""


def masked_json(value: Any, longest: int) -> Masked:
    """The beginning of a value as JSON, masked: at most `longest` characters.

    The value may be large, so no more of it is copied than what is kept.
    """
    room = _Room(longest)
    kept = _beginning(value, room, 0)
    text = json.dumps(kept, ensure_ascii=False, default=str)
    # The count was approximate, because escapes and separators are longer in JSON.
    return Masked(text[:longest], room.is_cut or len(text) > longest)


@dataclass
class _Room:
    """How many characters may still be copied, and whether something was left out."""

    left: int
    is_cut: bool = False


def _beginning(value: Any, room: _Room, depth: int) -> Any:
    """A masked copy until the room is used up; deeper values become “…”."""
    # Every value costs something, so that empty ones cannot go on without end.
    room.left -= 2
    if isinstance(value, str):
        # Cut here, because one text alone may have megabytes.
        text = value[: max(room.left, 0)]
        room.left -= len(text)
        room.is_cut = room.is_cut or len(text) < len(value)
        return text
    if not isinstance(value, Mapping | list | tuple):
        return value
    if depth > DEEPEST:
        room.is_cut = True
        return "…"
    if isinstance(value, Mapping):
        copied: dict[str, Any] = {}
        for key, inner in value.items():
            if room.left <= 0:
                room.is_cut = True
                break
            name = str(key)
            room.left -= len(name)
            # By name, not by looks: tokens have no form that Bitrix24 promises.
            if _is_secret(name) if len(name) <= LONGEST_KEPT else SECRET_NAME.search(name):
                copied[key] = "***"
            elif type(inner) in PLAIN:
                room.left -= 2
                copied[key] = inner
            else:
                copied[key] = _beginning(inner, room, depth + 1)
        return copied
    items = []
    for inner in value:
        if room.left <= 0:
            room.is_cut = True
            break
        items.append(_beginning(inner, room, depth + 1))
    return items


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    # Kept, because the same few names come with every row of a list.
    return bool(SECRET_NAME.search(name))


def mask_text(text: str) -> str:
    """The text with everything replaced that follows the name of a secret."""
    return SECRET_TEXT.sub(r"\1***", text)


def mask_path(text: str) -> str:
    """The text with everything replaced that looks like a secret, which might stand in a path.

    That is everything as long as a token, a code or a session value, and everything in three parts
    as our signed sessions are. A portal's id is shorter.
    """
    return LONG_TEXT.sub("***", mask_text(text))
