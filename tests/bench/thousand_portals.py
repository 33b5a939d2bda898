"""A thousand portals at once before one worker, at the default limit of open files (1,024).

Run by itself, `python -m tests.bench.thousand_portals`, since installing so many takes minutes.
"""

from __future__ import annotations

import copy
import os
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import requests

from tests.emulator.server import Site, serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.databases import Sqlite
from tests.support.service import Service, gunicorn, settings, wait_until_ready

FILES, THREADS, ROUNDS = 1024, 64, 3


def host(number: int) -> str:
    """An address of its own for each portal, all of them on this machine."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def main(portals: int) -> int:
    """Install, call all of them, and print what came of it; gives the exit code."""
    folder = Path(tempfile.mkdtemp())
    url = Sqlite(folder).migrated()
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        world = World.default(app_url="http://127.0.0.1:{}".format(*listener.getsockname()[1:]))
        wsgi = create_emulator(world)
        with serve(world, wsgi):
            everywhere = Site("0.0.0.0", 0, wsgi, None)  # noqa: S104 - each address is a portal
            threading.Thread(target=everywhere.serve_forever, args=(0.02,), daemon=True).start()
            first = world.portal(world.portal_hosts[0])
            for number in range(portals):
                at = f"{host(number)}:{everywhere.server_port}"
                made = replace(copy.deepcopy(first), member_id=f"{number:032x}", host=at)
                world.portals[at] = made
            environment = settings(world, url) | {"BUCKET": "10000:1000"}
            with gunicorn(environment, listener, 1, THREADS, FILES) as process:
                wait_until_ready(world.app_url, process)
                return measured(Service(world, url), portals, process.pid)


def measured(service: Service, portals: int, master: int) -> int:
    """Install on all portals, then ask each several times from many programs."""
    world = service.world
    service.headers = {"Authorization": f"Bearer {service.operator_key()}"}
    found = [one for one in world.portals.values() if one.host.startswith("127.1.")]
    began = time.monotonic()
    for portal in found:
        service.portal = portal
        service.control.install(portal.host)
        assert service.open("/install").status_code == 200
        service.control.finish(portal.host)
    print(f"{portals} portals installed in {time.monotonic() - began:.0f} s", flush=True)
    worker = int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])
    most = 0

    def ask(member_id: str) -> int:
        nonlocal most
        address = f"{world.app_url}/api/v1/portals/{member_id}/flows/exists?name=Any"
        with requests.Session() as session:
            session.trust_env = False
            status = session.get(address, headers=service.headers, timeout=60).status_code
        most = max(most, len(os.listdir(f"/proc/{worker}/fd")))
        return status

    began = time.monotonic()
    # Programs may take half of the threads; more of them would be told to come back later.
    with ThreadPoolExecutor(THREADS // 2 - 4) as pool:
        answers = Counter(pool.map(ask, [one.member_id for one in found] * ROUNDS))
    seconds = time.monotonic() - began
    alive = Path(f"/proc/{worker}").exists()
    print(f"{sum(answers.values())} calls to {portals} portals in {seconds:.0f} s: {dict(answers)}")
    print(f"at most {most} of {FILES} files open, the worker {'lives' if alive else 'died'}")
    return 0 if set(answers) == {200} and alive and most < FILES else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
