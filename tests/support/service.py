"""The application as in production: Gunicorn's processes in front of an emulated Bitrix24."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import requests
from sqlalchemy import delete

from bx24app.api_keys import ApiKeys
from bx24app.store.database import Database
from bx24app.store.health_models import HealthLookRow
from tests.emulator.control import Control
from tests.emulator.events import BACKGROUND
from tests.emulator.launch import launch_form
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
"""Seconds that Gunicorn may take to start on a busy machine."""


class Service:
    """A running service, installed on portal A, and a program that calls it."""

    def __init__(self, world: World, database_url: str) -> None:
        """`world` is served already; `running` makes the rest."""
        self.world = world
        self.control = Control(world)
        self.portal = self.control.portal()
        self.flows = f"{world.app_url}/api/v1/portals/{self.portal.member_id}/flows"
        self._database_url = database_url
        self.headers: dict[str, str] = {}
        """Those of the program, with its key."""

    def install(self) -> None:
        """Install on portal A, and make the program's key."""
        self.control.install()
        assert self.open("/install").status_code == 200
        self.control.finish()
        # The event that follows brings tokens of its own; a test that ends tokens waits for them.
        BACKGROUND.join()
        with closing(Database(self._database_url)) as database:
            key = ApiKeys(database).create(self.portal.member_id, "test")
        self.headers = {"Authorization": f"Bearer {key}"}

    def operator_key(self) -> str:
        """A new key for all portals."""
        with closing(Database(self._database_url)) as database:
            return ApiKeys(database).create(None, "operator")

    def forget_looks(self) -> None:
        """Let the next look at a portal's health be a new one, as after a minute."""
        with closing(Database(self._database_url)) as database, database.write() as session:
            session.execute(delete(HealthLookRow))

    def send(self, verb: str, url: str = "", **more: Any) -> requests.Response:
        """Call an address (the portal's flows unless given), on a connection of its own."""
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                verb, url or self.flows, headers=self.headers, timeout=180, **more
            )

    def open(self, path: str = "/", user_id: int = 1) -> requests.Response:
        """A person opens the application in the portal's frame."""
        query, form = launch_form(self.world, self.portal, user_id)
        return self.send("POST", self.world.app_url + path, params=query, data=form)

    def from_clients(
        self, clients: int, calls: Iterable[tuple[str, str, Any]]
    ) -> list[requests.Response]:
        """Send calls (verb, address, JSON) from so many clients, each one after the other."""

        def one(call: tuple[str, str, Any]) -> requests.Response:
            verb, url, data = call
            return self.send(verb, url, json=data)

        with ThreadPoolExecutor(clients) as pool:
            return list(pool.map(one, calls))

    def at_once(self, count: int, verb: str, url: str, **more: Any) -> list[requests.Response]:
        """Send many calls at the same moment."""
        barrier = Barrier(count)

        def one(_: int) -> requests.Response:
            barrier.wait()
            return self.send(verb, url, **more)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))


@contextmanager
def running(
    database_url: str,
    *,
    workers: int = 4,
    threads: int = 16,
    bucket: str = "49:2",
    more: Mapping[str, str] | None = None,
) -> Iterator[Service]:
    """Serve the default world and the application, which keeps to a `bucket` (burst:drain).

    `more` goes into the application's environment.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        world = World.default(app_url=f"http://127.0.0.1:{port}")
        with serve(world, create_emulator(world)):
            environment = settings(world, database_url) | {"BUCKET": bucket} | (more or {})
            with gunicorn(environment, listener, workers, threads) as process:
                wait_until_ready(world.app_url, process)
                service = Service(world, database_url)
                service.install()
                yield service


def settings(world: World, database_url: str) -> dict[str, str]:
    """The environment of an application in front of that world."""
    return os.environ | {
        "BX24_CLIENT_ID": str(SETTINGS["client_id"]),
        "BX24_CLIENT_SECRET": str(SETTINGS["client_secret"]),
        "BX24_PUBLIC_URL": world.app_url,
        "BX24_AUTH_SERVERS": world.auth_origin,
        "BX24_ENCRYPTION_KEYS": base64.urlsafe_b64encode(SETTINGS["encryption_keys"][0]).decode(),
        "BX24_ALLOW_HTTP": "1",
        "SECRET_KEY": str(SETTINGS["secret_key"]),
        "DATABASE_URL": database_url,
        "BX24_LOG_LEVEL": "WARNING",
        "NO_PROXY": "localhost,127.0.0.1",
    }


@contextmanager
def gunicorn(
    environment: dict[str, str],
    listener: socket.socket,
    workers: int,
    threads: int,
    files: int = 0,
) -> Iterator[subprocess.Popen[bytes]]:
    """Gunicorn on an open socket; its words are shown when it does not end well.

    With `files` each process may open so many only.
    """
    number = listener.fileno()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "tests.support.rate_limited_app:app",
        "--bind",
        f"fd://{number}",
    ]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)]
    limited = ["prlimit", f"--nofile={files}"] if files else []
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*limited, *command, "--no-control-socket", "--preload"],
            cwd=ROOT, env=environment, pass_fds=[number],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        except BaseException:
            log.seek(0)
            print(log.read().decode(errors="replace"), file=sys.stderr)
            raise
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when the application answers."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with requests.Session() as session:
            session.trust_env = False
            try:
                if session.get(f"{url}/readyz", timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.1)
    raise AssertionError("the application did not start")
