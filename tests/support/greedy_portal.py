"""A process with little memory whose portals answer as much as they may, and worse than that.

`python -m tests.support.greedy_portal DATABASE_URL` prints a JSON line for each reader and answer.
"""

from __future__ import annotations

import gzip
import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.test import TestResponse

from bx24app import create_app
from bx24app.bitrix24.http import ANSWER_BYTES, CONTAINERS
from bx24app.config import Config
from bx24app.portals.rate_limit import Bucket
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import IMPATIENT, SETTINGS, Api, AppHarness
from tests.support.samples import LEAST

ROOM = 384 * 1024 * 1024
"""Bytes that the process may need beyond what it has when the first answer comes."""
Answer = tuple[bytes, dict[str, str]]


class GreedyAdapter(WsgiAdapter):
    """Leads to the emulator until `feed` is set, which then gives the body of each answer."""

    feed: Callable[[requests.PreparedRequest], Answer] | None = None
    host = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Answer from `feed` what goes to `host`."""
        if self.feed is None or urlsplit(str(request.url)).netloc != self.host:
            return super().send(request, *args, **more)
        body, headers = self.feed(request)
        sent = [("Content-Type", "application/json"), *headers.items()]
        return self.response_to(request, [body], "200 OK", sent)


Make = Callable[[str, int], Any]
"""Gives the result of a method, in so many bytes."""
LISTS = ("user.get", "department.get", "sonet_group.get", "tasks.flow.Flow.list")


def wrapped(request: requests.PreparedRequest, make: Make, size: int) -> Answer:
    """One result of that size, or one of a part of it for each command of a batch."""
    sent = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    commands = json.loads(sent).get("cmd") if sent.startswith("{") else None
    result: Any
    if commands:
        part = size // len(commands)
        results = {name: make(call.partition("?")[0], part) for name, call in commands.items()}
        result = {"result": results, "result_total": dict.fromkeys(commands, 300_000_000)}
    else:
        result = make(str(request.url).rpartition("/")[2], size)
    return json.dumps({"result": result, "total": 300_000_000}).encode(), {}


NUMBERS = count(1000)


def rows(method: str, size: int) -> Any:
    """A full page with new numbers, or one object, as large as allowed."""
    if method not in LISTS:
        return row(101, size)
    return [row(next(NUMBERS), size // 50) for _ in range(50)]


def row(number: int, size: int) -> dict[str, Any]:
    """What describes a person, a department, a project, a flow or a template."""
    text = "x" * max(size // 2 - 300, 1)
    return {
        "ID": number, "id": number, "NAME": text, "name": text, "TITLE": "t", "PARENT": number - 1,
        "ACTIVE": True, "UF_DEPARTMENT": [number], "plannedCompletionTime": 7200, "active": True,
        "distributionType": "manually", "responsibleList": [["user", "3"]], "ownerId": 1,
    }  # fmt: skip


def one_object(method: str, size: int) -> dict[str, Any]:
    """What is no list, as large as allowed."""
    return {"id": 101, "ID": "1", "name": "x" * (size // 2), "access_token": "y" * (size // 4)}


def many(method: str, size: int) -> list[Any]:
    """As many objects as one answer may hold, or its part of them."""
    return [{} for _ in range(max((CONTAINERS - 300) * size // LEGAL, 1))]


def deep(method: str, size: int) -> Any:
    """Lists within one another, as deep as allowed."""
    value: Any = []
    for _ in range(55):
        value = [value]
    return value


LEGAL = ANSWER_BYTES - 64 * 1024
ANSWERS: dict[str, Callable[[requests.PreparedRequest], Answer]] = {
    "largest rows": lambda request: wrapped(request, rows, LEGAL),
    "largest object": lambda request: wrapped(request, one_object, LEGAL),
    "most objects": lambda request: wrapped(request, many, LEGAL),
    "deepest": lambda request: wrapped(request, deep, LEGAL),
    "too large": lambda request: wrapped(request, rows, 2 * ANSWER_BYTES),
    "too deep": lambda request: (b"[" * 2_000_000, {}),
    "compressed": lambda request: (COMPRESSED, {"Content-Encoding": "gzip"}),
    "a long number": lambda request: (b'{"result": %s}' % (b"9" * 3_900_000), {}),
}
COMPRESSED = gzip.compress(b'{"result": [' + b"[],[[[]]]," * 3_000_000 + b"[]]}", 6)


def readers(harness: AppHarness, api: Api) -> dict[str, tuple[str, Callable[[], TestResponse]]]:
    """Each place that reads an answer: the host it asks, and how it is made to."""
    portal, host = harness.a, harness.a.host
    whole = f"/api/v1/portals/{portal.member_id}"

    def expired() -> TestResponse:
        harness.control.expire_tokens()
        return api.get()

    templates = LEAST | {"name": "From a template", "templateId": 7}
    return {
        "list": (host, api.get),
        "get": (host, lambda: api.get(101)),
        "people": (host, lambda: api.call("GET", f"{whole}/people")),
        "departments": (host, lambda: api.call("GET", f"{whole}/departments")),
        "projects": (host, lambda: api.call("GET", f"{whole}/projects")),
        "template": (host, lambda: api.post(templates)),
        "page": (host, lambda: harness.launch(portal)),
        "app.info": (harness.world.auth_host, lambda: harness.launch(portal)),
        "token endpoint": (harness.world.auth_host, expired),
    }


def main() -> None:
    """Feed every reader with every answer; the last line says how a usual call went."""
    logging.disable(logging.CRITICAL)
    world = World.default()
    transport = GreedyAdapter(create_emulator(world))
    app = create_app(
        Config(database_url=sys.argv[1], **SETTINGS),
        transport=transport, bucket=Bucket(burst=100_000, drain=100_000.0), timing=IMPATIENT,
    )  # fmt: skip
    harness = AppHarness(world, app, transport)
    world.sender = lambda notice: harness.receive(notice.form)
    harness.install(harness.a)
    api = harness.program(harness.a)
    assert api.get().status_code == 200
    limit_memory()
    for reader, (host, call) in readers(harness, api).items():
        for name, feed in ANSWERS.items():
            transport.host, transport.feed = host, feed
            tell(f"{reader}, {name}", call)
            transport.feed = None
            harness.launch(harness.a)
    tell("usual", api.get)


def limit_memory() -> None:
    """Allow this process so much more address space than it has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def tell(name: str, call: Callable[[], TestResponse]) -> None:
    """Print what came of a call, and the processor's seconds that it took."""
    begun = time.process_time()
    status = call().status_code
    seconds = time.process_time() - begun
    print(json.dumps({"name": name, "status": status, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
