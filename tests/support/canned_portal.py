"""A portal that answers what a test has put down for it, word for word."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from bx24app.bitrix24.client import Client, ClientContext, Exchange
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.operating_time import OperatingTime
from bx24app.bitrix24.tokens import OAuthToken

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


class FixedTokenSource:
    """A token source with a token, and another one for whoever asks again."""

    def __init__(self) -> None:
        """Begin with the first."""
        self.tokens = ["token-1", "token-2"]

    def token(self) -> OAuthToken:
        """The one to use now."""
        return OAuthToken.expiring_in(self.tokens[0], "", 3600)

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        """The next one."""
        self.tokens = self.tokens[1:]
        return self.token()


class RecordingRateLimit:
    """A rate limit that lets everybody go at once, and notes what it is told."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.refusals = 0
        self.learned: list[tuple[str, float, float]] = []
        self.held: list[tuple[str, float]] = []
        self.permits: list[set[str]] = []

    def permit(self, methods: Iterable[str]) -> RecordingRateLimit:
        """Begin a call."""
        self.permits.append(set(methods))
        return self

    def wait(self) -> float:
        """Do not."""
        return 0.0

    def throttled(self) -> None:
        """Note it."""
        self.refusals += 1

    def note_operating(self, method: str, spent: OperatingTime) -> None:
        """Note it."""
        self.learned.append((method, spent.used, spent.reset_in))

    def block_method(self, method: str, seconds: float) -> None:
        """Note it."""
        self.held.append((method, seconds))

    def note_busy(self) -> float:
        """Note it."""
        self.refusals += 1
        return 0.5


class CannedPortal:
    """A client, the portal that answers it, and what the two said to each other."""

    def __init__(self, *answers: Any) -> None:
        """Take the answers; see Answers."""
        self.portal = Answers(*answers)
        self.rate_limit = RecordingRateLimit()
        self.exchanges: list[Exchange] = []
        self.moves: list[str] = []
        context = ClientContext(
            FixedTokenSource(), self.rate_limit, self._moved, self.exchanges.append
        )
        self.client = Client(HttpClient(self.portal), ENDPOINT, context)

    def _moved(self, location: str, token: OAuthToken) -> str:
        self.moves.append(location)
        return "https://renamed.example/rest/"
