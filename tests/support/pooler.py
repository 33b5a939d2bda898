"""A real PgBouncer in transaction mode in front of the tests' PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.databases import NOBODY

PATIENCE = 20
"""Seconds to start."""
SETTINGS = """
[databases]
* = host={server} user=postgres
[pgbouncer]
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
logfile = {folder}/log
"""


@contextmanager
def pgbouncer(server: Path) -> Iterator[int]:
    """Run one with three connections to the `server` (the folder of its socket); gives its port."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise RuntimeError("PgBouncer is not installed; make pgbouncer")
    user = NOBODY if os.geteuid() == 0 else None  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="bx24app-pooler-", dir="/tmp") as folder:
        port = _free_port()
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(SETTINGS.format(server=server, port=port, folder=folder))
        if user is not None:
            for path in (folder, file):
                os.chown(path, user, user)
        process = subprocess.Popen(
            [program, "-q", file], user=user, group=user,
            extra_groups=None if user is None else [], cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait(port, process, Path(folder) / "log")
            yield port
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"PgBouncer did not start: {log.read_text() if log.exists() else ''}")
