"""A process that renews a grant and is killed on the way, at a line that is told to it."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from typing import Any

from requests import Response
from requests.adapters import HTTPAdapter

from bx24app.bitrix24.auth import AuthServer, Issued
from bx24app.bitrix24.wire import Wire
from bx24app.config import Config
from bx24app.grants import Grants
from bx24app.store.database import Database
from bx24app.store.seal import Seal

LEASE = timedelta(seconds=1)
ANSWER_AFTER = 0.4
"""Seconds that the authorization server takes, as the test has told it."""


def die() -> None:
    """End at once, without any clearing up."""
    os.kill(os.getpid(), signal.SIGKILL)


class NeverAsks(AuthServer):
    """Dies when the lease is taken, before the request."""

    def renew(self, server: str, refresh_token: str) -> Issued:
        """Die."""
        die()
        raise AssertionError("dead")


class NeverSaves(AuthServer):
    """Dies with the answer in its hands."""

    def renew(self, server: str, refresh_token: str) -> Issued:
        """Renew, and die."""
        super().renew(server, refresh_token)
        die()
        raise AssertionError("dead")


class NeverHears(HTTPAdapter):
    """Dies while the server works on the request."""

    def send(self, *request: Any, **more: Any) -> Response:
        """Send, and die before the answer."""
        threading.Timer(ANSWER_AFTER / 2, die).start()
        return super().send(*request, **more)


LINES: dict[str, tuple[type[AuthServer], type[HTTPAdapter]]] = {
    "lease taken": (NeverAsks, HTTPAdapter),
    "request sent": (AuthServer, NeverHears),
    "answer received but not saved": (NeverSaves, HTTPAdapter),
    "saved but not used": (AuthServer, HTTPAdapter),
}


def renew_and_die(line: str, config: Config, member_id: str, user_id: int) -> None:
    """Renew the grant of a user, and die at the line."""
    server, transport = LINES[line]
    auth = server(
        config.client_id,
        config.client_secret,
        config.auth_servers,
        Wire(transport()),
        allow_http=True,
    )
    grants = Grants(Database(config.database_url), Seal(config.seal_keys), auth, lease=LEASE)
    grants.current(member_id, user_id)
    die()
