"""Kept connections: few to each host, closed soon, and few open files in all."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from bx24app.bitrix24.connections import (
    CONNECTIONS_PER_HOST,
    FILES,
    HOSTS,
    KeptConnections,
    hosts_for,
    warn_about_files,
)

ROOT = Path(__file__).resolve().parents[3]


class Handler(BaseHTTPRequestHandler):
    """Answers everything in a moment, and keeps the connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def do_GET(self) -> None:
        time.sleep(0.05)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Knows how many connections are open."""

    daemon_threads = True
    request_queue_size = 64
    opened = closed = 0

    def process_request(self, request: object, address: object) -> None:
        self.opened += 1
        super().process_request(request, address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        self.closed += 1
        super().shutdown_request(request)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def session_over(adapter: KeptConnections) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", adapter)
        yield session


def ask(session: requests.Session, server: Server) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    assert session.get(url, timeout=5).status_code == 200


def wait_for_closed(server: Server, count: int) -> None:
    end = time.monotonic() + 5
    while server.opened - server.closed != count and time.monotonic() < end:
        time.sleep(0.02)
    assert server.opened - server.closed == count


def test_a_connection_is_used_again(server: Server) -> None:
    with session_over(KeptConnections()) as session:
        for _ in range(3):
            ask(session, server)
    assert server.opened == 1


def test_few_connections_to_one_host_are_kept(server: Server) -> None:
    with session_over(KeptConnections()) as session, ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(ask, session, server) for _ in range(16)]:
            done.result()
        assert server.opened > CONNECTIONS_PER_HOST
        wait_for_closed(server, CONNECTIONS_PER_HOST)


def test_an_idle_connection_is_closed_and_the_next_request_opens_one(server: Server) -> None:
    adapter = KeptConnections(idle=30)
    with session_over(adapter) as session:
        ask(session, server)
        adapter.sweep(time.monotonic() - 30)
        wait_for_closed(server, 1)
        adapter.sweep(time.monotonic())
        wait_for_closed(server, 0)
        ask(session, server)
        wait_for_closed(server, 1)


def test_idle_connections_are_looked_for_on_the_way(server: Server) -> None:
    other = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=other.serve_forever)
    thread.start()
    with session_over(KeptConnections(idle=0.2)) as session:
        ask(session, server)
        time.sleep(1.1)
        ask(session, other)
        wait_for_closed(server, 0)
    other.shutdown()
    thread.join()
    other.server_close()


def test_all_kept_connections_are_fewer_than_the_files_of_a_process() -> None:
    assert HOSTS * CONNECTIONS_PER_HOST <= FILES / 2


@pytest.mark.parametrize("files", [1, 20, 64, 256, 1024, 65536, -1])
def test_a_process_with_few_files_keeps_few_connections(files: int) -> None:
    kept = hosts_for(files) * CONNECTIONS_PER_HOST
    assert kept >= CONNECTIONS_PER_HOST
    assert kept <= max(files / 2, CONNECTIONS_PER_HOST) or files < 0
    assert hosts_for(files) == HOSTS or 0 <= files < 1024


MANY_HOSTS = """
import os, resource, sys
from concurrent.futures import ThreadPoolExecutor
from bx24app.bitrix24.http import HttpClient
port, hosts, files = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
client, most = HttpClient(), 0

def ask(number):
    global most
    url = f"http://127.0.{number // 250}.{number % 250 + 1}:{port}/"
    answer = client.post(url, token=None, timeout=(5, 5))
    most = max(most, len(os.listdir("/proc/self/fd")))
    return answer.status

with ThreadPoolExecutor(16) as pool:
    answers = list(pool.map(ask, [*range(hosts), *range(hosts)]))
print(set(answers), most)
"""


def test_many_portals_fit_into_few_files() -> None:
    with Server(("0.0.0.0", 0), Handler) as everywhere:  # noqa: S104 - each address is a portal
        thread = threading.Thread(target=everywhere.serve_forever)
        thread.start()
        arguments = [str(number) for number in (everywhere.server_address[1], 150, 96)]
        ended = subprocess.run(
            [sys.executable, "-c", MANY_HOSTS, *arguments],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        everywhere.shutdown()
        thread.join()
    assert (ended.returncode, ended.stderr) == (0, "")
    answers, _, most = ended.stdout.rpartition(" ")
    assert answers == "{200}"
    assert int(most) < 96


@pytest.mark.parametrize(("limit", "said"), [(256, True), (FILES, False), (-1, False)])
def test_too_few_files_are_told(limit: int, said: bool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert warn_about_files(limit) is said
    assert ("ulimit" in caplog.text) is said


def test_no_socket_is_left_open_by_a_host_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    adapter = KeptConnections()
    with session_over(adapter) as session, pytest.raises(requests.ConnectionError):
        session.get(url, timeout=1)
    adapter.sweep(time.monotonic())
