"""A portal that answers what a test has put down for it, word for word."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from bx24app.bitrix24.auth import Grant
from bx24app.bitrix24.client import Client, Exchange, Surroundings
from bx24app.bitrix24.wire import Wire

ENDPOINT = "https://portal.example/rest/"


class Answers(BaseAdapter):
    """Gives one prepared answer after the other and keeps what was asked.

    An answer is a status with a body (JSON, or text as it is) and headers, or an exception.
    """

    def __init__(self, *answers: Any) -> None:
        """Take `(status, body)`, `(status, body, headers)`, or exceptions."""
        super().__init__()
        self.answers = list(answers)
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        """Give the next answer."""
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = (*answer, {})[:3]
        text = body if isinstance(body, str) else json.dumps(body)
        raw = HTTPResponse(
            BytesIO(text.encode()), headers=headers, status=status, preload_content=False
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is held open."""


class Granted:
    """An authority with a token, and another one for whoever asks again."""

    def __init__(self) -> None:
        """Begin with the first."""
        self.tokens = ["token-1", "token-2"]

    def grant(self) -> Grant:
        """The one to use now."""
        return Grant.lasting(self.tokens[0], "", 3600)

    def renewed(self, stale: Grant) -> Grant:
        """The next one."""
        self.tokens = self.tokens[1:]
        return self.grant()


class Watch:
    """A pace that lets everybody go at once, and notes what it is told."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.refusals = 0
        self.learned: list[tuple[str, float, float]] = []
        self.held: list[str] = []
        self.turns: list[set[str]] = []

    def turn(self, methods: Iterable[str]) -> Watch:
        """Begin a call."""
        self.turns.append(set(methods))
        return self

    def wait(self) -> None:
        """Do not."""

    def refused(self) -> None:
        """Note it."""
        self.refusals += 1

    def learn(self, method: str, operating: float, reset_at: float) -> None:
        """Note it."""
        self.learned.append((method, operating, reset_at))

    def hold(self, method: str, until: float) -> None:
        """Note it."""
        self.held.append(method)


class Correspondence:
    """A client, the portal that answers it, and what the two said to each other."""

    def __init__(self, *answers: Any) -> None:
        """Take the answers; see Answers."""
        self.portal = Answers(*answers)
        self.pace = Watch()
        self.exchanges: list[Exchange] = []
        self.moves: list[str] = []
        around = Surroundings(Granted(), self.pace, self._moved, self.exchanges.append)
        self.client = Client(Wire(self.portal), ENDPOINT, around)

    def _moved(self, location: str, grant: Grant) -> str:
        self.moves.append(location)
        return "https://renamed.example/rest/"
