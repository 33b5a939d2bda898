"""Logs: one JSON object a line, with the request's id, and without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime

FIELDS = ("portal", "method", "path", "status", "error", "milliseconds")
SECRET = re.compile(
    r"((?:access_token|refresh_token|client_secret|application_token|AUTH_ID|REFRESH_ID|auth|code"
    r"|state|X-Session)(?:\]|%5D)?[\"']?\s*[=:]\s*[\"']?|Bearer\s+)[^\s\"'&,;)}]+"
    r"|\bbx24_[\w-]{20,}",
    re.IGNORECASE,
)
"""What looks like a secret by the name before it, wherever a library may have written it; API keys
are known by how they begin."""


class JsonLines(logging.Formatter):
    """Writes records as JSON lines."""

    def __init__(self, request_id: Callable[[], str]) -> None:
        """`request_id` gives the present request's, or an empty text."""
        super().__init__()
        self._request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        """One line; times are UTC."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if request_id := self._request_id():
            line["request"] = request_id
        line |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None)}
        if record.exc_info:
            line["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def masked(text: str) -> str:
    """The text with everything replaced that is a secret by its name."""
    return SECRET.sub(r"\1***", text)


def configure(level: str, request_id: Callable[[], str]) -> None:
    """Send all logs to standard error, once for a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(request_id))
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not _is_ours(other)] + [handler]
    root.setLevel(level)
    for chatty in ("urllib3", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _is_ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, JsonLines)
