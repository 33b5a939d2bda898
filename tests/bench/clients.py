"""The clients that are measured, each as its documentation says, doing the same call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from b24pysdk import BitrixApp, BitrixToken

from bx24app.bitrix24.client import Client, ClientContext
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.payloads import Launch
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.config import Config
from bx24app.container import Container
from bx24app.portals.rate_limit import Bucket
from bx24app.store import schema
from tests.bench.emulator_process import EmulatorProcess
from tests.support.app_harness import SETTINGS

METHOD = "profile"
"""A small method that all of them can call: fast_bitrix24 writes all names in small letters, which
Bitrix24's flow methods do not bear."""
PARAMS: dict[str, Any] = {}
UNLIMITED = Bucket(burst=10_000_000, drain=1_000_000.0)

TOGETHER = 15
"""Calls that are measured together."""

Call = Callable[[], Any]


def bare(emulator: EmulatorProcess, *, environment: bool = True) -> Call:
    """requests.Session; without `environment` it does not look for proxies at each call."""
    session = requests.Session()
    if not environment:
        session.verify, session.trust_env = os.environ["REQUESTS_CA_BUNDLE"], False
    headers = {"Authorization": f"Bearer {emulator.access_token}"}
    url = emulator.endpoint + METHOD

    def call() -> Any:
        return session.post(url, json=PARAMS, headers=headers, timeout=60).json()["result"]

    return call


def asking(emulator: EmulatorProcess) -> Callable[[str, Any], Any]:
    """requests.Session for any method."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {emulator.access_token}"

    def ask(method: str, params: Any) -> Any:
        return session.post(emulator.endpoint + method, json=params, timeout=60).json()["result"]

    return ask


def authlib(emulator: EmulatorProcess) -> Call:
    """Authlib's OAuth2Session with a token that lives long."""
    token = {"access_token": emulator.access_token, "token_type": "bearer", "expires_in": 3600}
    session = OAuth2Session(SETTINGS["client_id"], SETTINGS["client_secret"], token=token)
    url = emulator.endpoint + METHOD
    return lambda: session.post(url, json=PARAMS, timeout=60).json()["result"]


def official(emulator: EmulatorProcess) -> Call:
    """b24pysdk, Bitrix24's own client."""
    token = token_of(emulator)
    return lambda: token.call_method(METHOD, PARAMS)["result"]


def token_of(emulator: EmulatorProcess) -> BitrixToken:
    """The administrator's pair in the hands of b24pysdk."""
    return BitrixToken(
        domain=emulator.portal,
        auth_token=emulator.access_token,
        refresh_token=emulator.refresh_token,
        expires=datetime.now(UTC) + timedelta(hours=1),
        expires_in=3600,
        bitrix_app=BitrixApp(
            client_id=SETTINGS["client_id"], client_secret=SETTINGS["client_secret"]
        ),
    )


@contextmanager
def ours(emulator: EmulatorProcess, folder: Path) -> Iterator[Container]:
    """This application installed on the portal; its database is an SQLite file."""
    url = f"sqlite:///{folder}/bench.sqlite3"
    schema.upgrade(url)
    settings = SETTINGS | {"auth_servers": (emulator.auth,), "database_url": url}
    container = Container.build(Config(**settings), bucket=UNLIMITED)
    container.installation.install(
        Launch.parse(
            {name: [value] for name, value in emulator.query.items()},
            {name: [value] for name, value in emulator.form.items()},
        )
    )
    with ExitStack() as closing:
        closing.callback(container.database.close)
        closing.callback(container.journal.close)
        yield container


def whole(container: Container, emulator: EmulatorProcess) -> Call:
    """Our client as the API uses it: with token store, rate limit and journal.

    The journal is written behind the caller's back; here it is now and then written at once, so
    that its cost does not fall upon whoever comes next.
    """
    client = container.access.as_installer(container.portals.find(emulator.member_id)).client
    numbers = count(1)

    def call() -> Any:
        result = client.call(METHOD, PARAMS, safe=True)
        if next(numbers) % TOGETHER == 0:
            container.journal.flush()
        return result

    return call


def naked(emulator: EmulatorProcess) -> Call:
    """Our client alone: no rate limit and no journal."""
    rate_limit = _NoRateLimit()
    around = ClientContext(
        _FixedToken(emulator), rate_limit, lambda location, grant: "", lambda exchange: None
    )
    client = Client(HttpClient(), emulator.endpoint, around)
    return lambda: client.call(METHOD, PARAMS, safe=True)


class _FixedToken:
    def __init__(self, emulator: EmulatorProcess) -> None:
        self._token = OAuthToken.expiring_in(emulator.access_token, emulator.refresh_token, 3600)

    def token(self) -> OAuthToken:
        return self._token

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        raise AssertionError("the token lives long")


class _NoRateLimit:
    def permit(self, methods: Any) -> _NoRateLimit:
        return self

    def wait(self) -> float:
        return 0.0

    def throttled(self) -> None:
        raise AssertionError("the portal has no limit")

    def note_operating(self, method: str, spent: Any) -> None:
        pass

    def block_method(self, method: str, seconds: float) -> None:
        raise AssertionError("the portal has no limit")

    def note_busy(self) -> float:
        raise AssertionError("the portal has no limit")
