"""Binds the handlers of the card's events, at an installation and where they got lost.

Bitrix24 removes them at each update of the application (Bitrix24 docs, events/safe-event-handlers),
and a portal may remove them at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from bx24app.bitrix24.answers import parse_rows, text_or
from bx24app.bitrix24.client import Client
from bx24app.bitrix24.errors import Bitrix24Error
from bx24app.errors import Error
from bx24app.portals.license import LICENSE_COMMAND

BOUND_ALREADY = "ERROR_CORE"
"""The same handler was bound meanwhile, by an installation that runs beside this one."""

log = logging.getLogger("bx24app.portals")
Command = tuple[str, dict[str, Any]]


class EventHandlers:
    """The handlers that a portal has to have, all at one address of ours."""

    def __init__(self, events: Sequence[str], url: str) -> None:
        """`events` are the card's, `url` is where portals post them."""
        self._events, self._url = events, url

    def bind(self, client: Client) -> tuple[Any, Bitrix24Error | None]:
        """Bind all; unbinding first makes it repeatable, as a double binding is an error.

        Gives the answer to LICENSE_COMMAND, which is asked in the same request, and what the
        portal said where it did not take a handler. Raises a Bitrix24Error.
        """
        calls: dict[str, Command] = {"license": LICENSE_COMMAND}
        for name in self._events:
            calls[f"unbind_{name}"] = ("event.unbind", self._handler(name))
            calls[f"bind_{name}"] = ("event.bind", self._handler(name))
        answers = client.batch(calls, safe=True)
        return answers["license"], self._refusal(answers)

    def restore(self, client: Client) -> None:
        """Bind those that are missing, as an administrator; one question where none is.

        Never raises: the person has their page, and the next administrator tries again.
        """
        try:
            bound = {
                text_or(row.get("event")).upper()
                for row in parse_rows(client.call("event.get", safe=True))
                if row.get("handler") == self._url
            }
            calls = {
                f"bind_{name}": ("event.bind", self._handler(name))
                for name in self._events
                if name not in bound
            }
            refusal = self._refusal(client.batch(calls, safe=True)) if calls else None
            problem = refusal.portal_error if refusal else ""
        except Error as error:
            problem = error.code
        if problem:
            log.warning("handlers are not restored", extra={"error": problem})

    def _handler(self, event: str) -> dict[str, Any]:
        return {"event": event, "handler": self._url}

    def _refusal(self, answers: dict[str, Any]) -> Bitrix24Error | None:
        for name in self._events:
            answer = answers.get(f"bind_{name}")
            if isinstance(answer, Bitrix24Error) and answer.portal_error != BOUND_ALREADY:
                return answer
        return None
