"""Logs: one JSON object a line, with the request's id, and without secrets."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from bx24app.masking import mask_path, mask_text

FIELDS = ("portal", "method", "path", "status", "error", "reason", "milliseconds")


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
            # Libraries' messages, and below their tracebacks, may quote addresses with tokens.
            "message": mask_text(record.getMessage()),
        }
        if request_id := self._request_id():
            line["request"] = request_id
        # Only known fields: an unexpected extra could hold what must not be logged.
        line |= {name: getattr(record, name) for name in FIELDS if getattr(record, name, None)}
        if "path" in line:
            line["path"] = mask_path(str(line["path"]))
        if record.exc_info:
            line["trace"] = mask_text(self.formatException(record.exc_info))
        # default=str: a log line must not fail because of what it carries.
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str, request_id: Callable[[], str]) -> None:
    """Send all logs to standard error, once for a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(request_id))
    root = logging.getLogger()
    # Replaced, not added: tests and reloads configure the same process again.
    root.handlers = [other for other in root.handlers if not _is_ours(other)] + [handler]
    root.setLevel(level)
    # At DEBUG, urllib3 logs whole addresses and werkzeug every request a second time.
    for chatty in ("urllib3", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _is_ours(handler: logging.Handler) -> bool:
    return isinstance(handler.formatter, JsonLines)
