"""What Gunicorn writes about requests, as it is started in this folder: no secret of a caller."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from itsdangerous import URLSafeTimedSerializer

from tests.emulator.state import World
from tests.support.databases import Sqlite
from tests.support.proxy import free_port
from tests.support.service import ROOT, settings, wait_until_ready

CODE = "0f8f1f60" + "5a" * 31
KEY = "bx24_" + "Ab1-" * 10 + "Ab1"
SESSION = str(URLSafeTimedSerializer("any", "salt").dumps(["a" * 32, 7, "en"]))


def requested(target: str) -> bytes:
    """A request as somebody writes it who is mistaken."""
    return f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


REQUESTS = [
    requested(f"{before}{secret}{behind}")
    for secret in (CODE, KEY, SESSION)
    for before, behind in [
        ("/connect/callback?code=", "&state=1"), ("/flows/", ""), ("/", "/x"), ("/api/v1/", "?a=1"),
    ]
]  # fmt: skip
REQUESTS += [f"GET /{CODE} HTTP/9.9 {KEY}\r\n\r\n".encode(), f"{SESSION}\r\n\r\n".encode()]


@contextmanager
def served(environment: dict[str, str], file: Path, *options: str) -> Iterator[int]:
    """Start Gunicorn as it is started in this folder, its words in a file; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{port}"]
    with file.open("wb") as log:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield port
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.mark.slow
def test_no_log_of_the_server_or_of_ours_tells_one(sqlite: Sqlite, tmp_path: Path) -> None:
    file = tmp_path / "log"
    environment = settings(World.default(), sqlite.migrated()) | {"BX24_LOG_LEVEL": "DEBUG"}
    options = ("--access-logfile", "-", "--log-level", "debug")
    with served(environment, file, *options) as port:
        for request in REQUESTS:
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(request)
                while connection.recv(4096):
                    pass
    text = file.read_text(errors="replace")
    assert '"GET /flows/*** HTTP/1.1" 404' in text
    assert '"path": "/flows/***"' in text
    assert [secret for secret in (CODE, KEY, SESSION) if secret in text] == []
    assert SESSION.split(".")[-3] not in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "BX24_VENDOR, BX24_SUPPORT_EMAIL missing"),
        ({"BX24_VENDOR": "Northwind Ltd"}, "BX24_SUPPORT_EMAIL missing"),
        ({"BX24_VENDOR": "Northwind Ltd", "BX24_SUPPORT_EMAIL": "help@example.com"}, ""),
    ],
)
def test_what_the_legal_pages_lack_is_told_at_the_start_and_hinders_nobody(
    given: dict[str, str], told: str, sqlite: Sqlite, tmp_path: Path
) -> None:
    file = tmp_path / "log"
    environment = settings(World.default(), sqlite.migrated()) | given
    # It is served only once `/readyz` is 200.
    with served(environment, file):
        pass
    warned = [line for line in file.read_text().splitlines() if "missing: the legal" in line]
    assert len(warned) == bool(told)
    assert told in "".join(warned)
