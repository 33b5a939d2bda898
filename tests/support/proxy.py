"""A real nginx with docs/nginx.conf and TLS, before the application as `make serve` starts it."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests
import trustme

from tests.emulator.control import Control
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.service import ROOT, settings, wait_until_ready

NGINX = "/usr/sbin/nginx"
WRAPPED = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Proxied:
    """The application behind its proxy, installed nowhere."""

    def __init__(self, world: World, folder: Path, plain_port: int) -> None:
        """`folder` holds the certificates and the logs."""
        self.world, self.folder, self.plain_port = world, folder, plain_port
        self.control = Control(world)
        self.port = int(world.app_url.rpartition(":")[2])
        self.direct = ""
        """The application without the proxy, as the operator's monitoring reaches it."""
        self.process: subprocess.Popen[bytes]

    def send(self, verb: str, path: str, **more: object) -> requests.Response:
        """A request from outside."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(self.folder / "authority.pem")
            return session.request(
                verb, self.world.app_url + path, timeout=180, allow_redirects=False, **more
            )  # type: ignore[arg-type]

    def log(self, name: str) -> str:
        """What was logged."""
        return (self.folder / name).read_text(errors="replace")


@contextmanager
def proxied(database_url: str) -> Iterator[Proxied]:
    """Serve the default world, the application, and nginx before it."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(3)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bx24app-nginx-")))
        world = World.default(app_url=f"https://127.0.0.1:{ports[0]}")
        world.sender = lambda notice: None
        stack.enter_context(serve(world, create_emulator(world)))
        found = Proxied(world, folder, ports[1])
        found.direct = f"http://127.0.0.1:{ports[2]}"
        environment = settings(world, database_url) | {"BX24_LOG_LEVEL": "INFO"}
        log = stack.enter_context((folder / "app.log").open("wb"))
        found.process = subprocess.Popen(
            serve_command(ports[2]), cwd=ROOT, env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        stack.callback(_end, found.process)
        wait_until_ready(found.direct, found.process)
        stack.enter_context(_nginx(folder, ports))
        yield found


def serve_command(port: int) -> list[str]:
    """The command that `make serve` ends with, run by the Python of the tests."""
    shown = subprocess.run(
        ["make", "-s", "-n", "serve", f"PORT={port}"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    line = shown.replace("\\\n", " ").partition("exec ")[2].splitlines()[0]
    program, *words = shlex.split(line)
    assert program.endswith("/gunicorn")
    return [sys.executable, "-m", "gunicorn", *words]


def free_port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _nginx(folder: Path, ports: list[int]) -> Iterator[None]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in certificate.cert_chain_pems:
        part.write_to_path(str(folder / "chain.pem"), append=True)
    site = (ROOT / "docs/nginx.conf").read_text(encoding="utf-8")
    for old, new in {
        "listen 443": f"listen 127.0.0.1:{ports[0]}",
        "listen 80;": f"listen 127.0.0.1:{ports[1]};",
        "server 127.0.0.1:8000": f"server 127.0.0.1:{ports[2]}",
        "/etc/letsencrypt/live/your.host/fullchain.pem": f"{folder}/chain.pem",
        "/etc/letsencrypt/live/your.host/privkey.pem": f"{folder}/key.pem",
        "/var/log/nginx": str(folder),
        "https://your.host$": f"https://127.0.0.1:{ports[0]}$",
        "server_name your.host": "server_name 127.0.0.1",
    }.items():
        assert old in site
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(WRAPPED.format(folder=folder, user=user))
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf"])
    try:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", ports[0]), 1).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < end
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
