"""Bad luck on the way to Bitrix24: lost, refused and misshapen answers, processes that die."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.emulator.adapter import WsgiAdapter
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.lost_connections import Crash

BREAKS = (
    "broken",
    "lost",
    "late",
    "busy",
    "gateway",
    "null",
    "list",
    "true",
    "crash",
    "crash after",
    "goodbye",
    "opened",
)
"""What can happen to one request: not sent, sent without an answer, refused, answered oddly; the
portal leaves us, or an administrator opens the application, while it is under way."""
MEANWHILE = {"goodbye", "opened"}
ODD: dict[str, Any] = {"null": None, "list": [], "true": True}


class UnluckyAdapter(WsgiAdapter):
    """The way to the emulated Bitrix24, which meets the misfortunes that were planned for it."""

    def __init__(
        self, world: World, die: Callable[[], None], meanwhile: Callable[[str, str], None]
    ) -> None:
        """Lead to `world`; nothing is planned.

        `die` lets the process die, `meanwhile` does something else on the portal at a host.
        """
        super().__init__(create_emulator(world))
        self.world = world
        self._die, self._meanwhile = die, meanwhile
        self.planned: dict[int, str] = {}
        """What happens to which of the next requests, counted from nought."""
        self.faults: list[str] = []
        """Rules that the application broke on its way out."""
        self._count = 0
        self._delivered: set[str] = set()
        """Refresh tokens whose successors reached a process that still lives."""
        self.pair_lost = False
        """Whether tokens were handed out that nobody can have kept."""

    def plan(self, misfortunes: dict[int, str]) -> None:
        """Begin to count anew."""
        self.planned, self._count = dict(misfortunes), 0

    def bury(self) -> None:
        """The process died, perhaps with tokens that were not stored yet."""
        self.pair_lost = True
        self._delivered.clear()

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Carry the request out, or not, as it was planned."""
        self._watch(request)
        misfortune, self._count = self.planned.pop(self._count, ""), self._count + 1
        host = urlsplit(str(request.url)).netloc
        if misfortune in MEANWHILE and host != self.world.auth_host:
            self._meanwhile(misfortune, host)
        if misfortune == "broken":
            raise requests.ConnectionError("broken", request=request)
        if misfortune == "crash":
            self._die()
            raise Crash
        if misfortune == "busy":
            return self._json(request, 503, {"error": "QUERY_LIMIT_EXCEEDED"})
        if misfortune == "gateway":
            return self.response_to(request, [b"<html>"], "502 Bad Gateway", [])
        answer = super().send(request, *args, **more)
        # Whoever refreshes a token holds a lease, for which another call would wait.
        if misfortune in MEANWHILE and host == self.world.auth_host and _is_question(request):
            # The answer is on its way already: what it says was true a moment ago.
            self._meanwhile(misfortune, self._portal_of(request))
        if misfortune and host == self.world.auth_host and not _is_question(request):
            self.pair_lost = True
        if misfortune == "lost":
            raise requests.ConnectionError("lost", request=request)
        if misfortune == "late":
            raise requests.ReadTimeout("late", request=request)
        if misfortune == "crash after":
            self._die()
            raise Crash
        # An empty list is what a portal without flows answers: nobody can tell the two apart.
        legal = misfortune == "list" and "tasks.flow.Flow.list" in _text(request) + str(request.url)
        if misfortune in ODD and not legal:
            return self._odd(request, answer, ODD[misfortune])
        self._remember(request, answer)
        return answer

    def _portal_of(self, request: requests.PreparedRequest) -> str:
        """The host of the portal that a question to the authorization server is about."""
        token = parse_qs(_text(request)).get("auth", [""])[0]
        grant = self.world.auth.by_access.get(token)
        return self.world.portal(grant.member_id if grant else self.world.portal_hosts[0]).host

    def _odd(
        self, request: requests.PreparedRequest, answer: requests.Response, result: Any
    ) -> requests.Response:
        """The answer with another result; what is no result stays as it is."""
        body = answer.json()
        if "result" not in body:
            return self._json(request, answer.status_code, body)
        if "cmd" not in str(request.body or "") or not isinstance(body["result"], dict):
            return self._json(request, 200, body | {"result": result})
        inner = body["result"].get("result")
        odd = dict.fromkeys(inner, result) if isinstance(inner, dict) else result
        return self._json(request, 200, body | {"result": body["result"] | {"result": odd}})

    def _json(self, request: requests.PreparedRequest, status: int, body: Any) -> requests.Response:
        headers = [("Content-Type", "application/json")]
        return self.response_to(request, [json.dumps(body).encode()], f"{status} X", headers)

    def _watch(self, request: requests.PreparedRequest) -> None:
        """Hold the rules of what may go where."""
        host, text = urlsplit(str(request.url)).netloc, _text(request)
        if host != self.world.auth_host:
            if self.world.app.client_secret in text + str(request.url):
                self.faults.append(f"the client secret went to {host}")
            token = str(request.headers.get("Authorization", "")).removeprefix("Bearer ")
            grant = self.world.auth.by_access.get(token)
            if grant and grant.member_id != self.world.portal(host).member_id:
                self.faults.append(f"a token of another portal went to {host}")
        elif (spent := _refresh_token(text)) in self._delivered:
            self.faults.append(f"a refresh token was spent twice: {spent[:8]}")

    def _remember(self, request: requests.PreparedRequest, answer: requests.Response) -> None:
        if urlsplit(str(request.url)).netloc == self.world.auth_host and answer.ok:
            self._delivered.add(_refresh_token(_text(request)))
            self._delivered.discard("")


def _is_question(request: requests.PreparedRequest) -> bool:
    """Whether the authorization server is asked about a token, and gives none."""
    return "/rest/" in str(request.url)


def _text(request: requests.PreparedRequest) -> str:
    body = request.body or ""
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)


def _refresh_token(form: str) -> str:
    return parse_qs(form).get("refresh_token", [""])[0]
