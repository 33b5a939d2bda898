"""A process that refreshes a token and is killed on the way, at a line that is told to it."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter

from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.oauth import AuthorizationServer, TokenResponse
from bx24app.config import Config
from bx24app.portals.token_store import TokenStore
from bx24app.store.database import Database
from bx24app.store.encryption import Encryption

LEASE = timedelta(seconds=1)
ANSWER_AFTER = 0.4
"""Seconds that the authorization server takes, as the test has told it."""


def die() -> None:
    """End at once, without any clearing up."""
    os.kill(os.getpid(), signal.SIGKILL)


class NeverAsks(AuthorizationServer):
    """Dies when the lease is taken, before the request."""

    def refresh(self, server: str, refresh_token: str) -> TokenResponse:
        """Die."""
        die()
        raise AssertionError("dead")


class NeverSaves(AuthorizationServer):
    """Dies with the answer in its hands."""

    def refresh(self, server: str, refresh_token: str) -> TokenResponse:
        """Refresh, and die."""
        super().refresh(server, refresh_token)
        die()
        raise AssertionError("dead")


class NeverHears(HTTPAdapter):
    """Dies while the server works on the request."""

    def send(self, *request: Any, **more: Any) -> Response:
        """Send, and die before the answer."""
        threading.Timer(ANSWER_AFTER / 2, die).start()
        return super().send(*request, **more)


LINES: dict[str, tuple[type[AuthorizationServer], type[HTTPAdapter]]] = {
    "lease taken": (NeverAsks, HTTPAdapter),
    "request sent": (AuthorizationServer, NeverHears),
    "answer received but not saved": (NeverSaves, HTTPAdapter),
    "saved but not used": (AuthorizationServer, HTTPAdapter),
}


def refresh_and_die(line: str, config: Config, member_id: str, user_id: int) -> None:
    """Refresh the token of a user, and die at the line."""
    server, transport = LINES[line]
    auth = server(
        config.client_id,
        config.client_secret,
        config.auth_servers,
        HttpClient(transport()),
        allow_http=True,
    )
    tokens = TokenStore(
        Database(config.database_url), Encryption(config.encryption_keys), auth, lease=LEASE
    )
    tokens.current(member_id, user_id)
    die()
