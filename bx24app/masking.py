"""Masks secrets for logs and the journal: whatever could be one by its name is replaced."""

from __future__ import annotations

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


def mask(value: Any) -> Any:
    """The same value with everything that could be a secret by its name replaced."""
    if isinstance(value, Mapping):
        return {
            key: "***" if SECRET_NAME.search(str(key)) else mask(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(inner) for inner in value]
    return value


def mask_text(text: str) -> str:
    """The text with everything replaced that follows the name of a secret."""
    return SECRET_TEXT.sub(r"\1***", text)


def mask_path(text: str) -> str:
    """The text with secrets replaced by their looks as well, as somebody may put them into a path.

    That is everything as long as a token, a code or a session value, and everything in three parts
    that is signed as our sessions are. A portal's id is shorter.
    """
    return LONG_TEXT.sub("***", mask_text(text))
