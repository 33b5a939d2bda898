"""The list of 500 flows: what its page costs beyond Bitrix24's answers, read anew and kept."""

from __future__ import annotations

import gzip
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from werkzeug.test import TestResponse

from bx24app import create_app
from bx24app.config import Config
from bx24app.store import schema
from tests.bench.clients import UNLIMITED
from tests.bench.launch import Timed
from tests.bench.table import Row
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS, AppHarness
from tests.support.endpoint_harness import session_of
from tests.support.many_flows import add_flows

FLOWS = 500
TIMES = 30
VERSION = re.compile(r'id="version" value="([^"]+)"|value="([^"]+)" id="version"')


def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    url = f"sqlite:///{folder}/list.sqlite3"
    schema.upgrade(url)
    world = World.default()
    way_out = Timed(create_emulator(world))
    app = create_app(Config(database_url=url, **SETTINGS), transport=way_out, bucket=UNLIMITED)
    harness = AppHarness(world, app, way_out)
    add_flows(harness.a, FLOWS)
    harness.install(harness.a)
    client = app.test_client()
    headers = {"X-Session": session_of(harness.launch(harness.a)), "HX-Request": "true"}

    def page(version: str) -> TestResponse:
        query = {"version": version}
        public = str(SETTINGS["public_url"])
        return client.get("/flows", query_string=query, headers=headers, base_url=public)

    anew = _beyond(lambda: page(""), way_out)
    answer = page("")
    found = VERSION.search(answer.text)
    assert found
    version = found[1] or found[2]
    kept = _beyond(lambda: page(version), way_out)
    harness.container.journal.close()
    harness.container.database.close()
    size = len(gzip.compress(answer.data)) / 1024
    return [
        Row(
            f"page with 50 of {FLOWS} flows, {who}",
            "this app",
            f"{seconds * 1000:.1f} ms beyond the calls, {size:.0f} KB gzipped",
            f"{seconds / anew:.2f}",
        )
        for who, seconds in (("read anew", anew), ("kept", kept))
    ]


def _beyond(ask: Callable[[], TestResponse], way_out: Timed) -> float:
    """The median of the seconds that a page takes beside the calls that it makes."""
    beyond = []
    for _ in range(TIMES):
        way_out.take()
        started = time.perf_counter()
        assert ask().status_code == 200
        beyond.append(time.perf_counter() - started - way_out.take())
    return statistics.median(beyond)
