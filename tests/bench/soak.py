"""`make soak`: hours of a company's life in half an hour, and what is left of it at the end.

Two hundred portals, before two addresses with one PostgreSQL. People open the application,
programs make flows, tokens expire, portals move, close and fail to pay, workers are killed, and in
the middle one blueprint is rolled out to all of them. Then all is made well, and every flow that a
program was told of has to be there once, every portal has to work and to be marked as one that
does, and the workers must not grow any more.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from sqlalchemy import create_engine, text

from tests.bench.table import Row, written
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.launch import launch_form
from tests.support.databases import Postgresql, postgresql_server
from tests.support.many_portals import ManyPortals, many_portals
from tests.support.rollout_harness import document
from tests.support.samples import LEAST
from tests.support.workers import children, kill_workers

PORTALS = 200
PEOPLE, PROGRAMS = 4, 4
ATTEMPTS = 40
"""How often a program repeats a creation, by its idempotency key, until it is told of it."""
GROWN = 1.25
"""So many times the memory at three quarters is too much at the end."""
CLOSED = {"error": "PORTAL_DELETED", "status": 403}
SIZE = text("SELECT pg_database_size(current_database())")
EXCHANGES = text("SELECT count(*) FROM exchanges")


@dataclass
class Soak:
    """What happens, and what was seen of it."""

    place: ManyPortals
    chance: random.Random
    ended: threading.Event = field(default_factory=threading.Event)
    told: list[tuple[Portal, str]] = field(default_factory=list)
    """Flows of which a program was told that they were made."""
    given_up: int = 0
    pages: list[float] = field(default_factory=list)
    """Seconds that people have waited for a page."""
    answers: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    """Kilobytes of the workers that nobody kills."""

    @property
    def control(self) -> Control:
        """What is done to the portals."""
        return Control(self.place.service.world)

    def portal(self) -> Portal:
        """One of the portals."""
        return self.chance.choice(self.place.portals)

    def person(self) -> None:
        """Somebody opens the application."""
        status, seconds = opened(self.place, self.portal())
        self.answers[f"page {status}"] += 1
        if status == 200:
            self.pages.append(seconds)
        self.ended.wait(self.chance.uniform(0.2, 1.0))

    def program(self) -> None:
        """A program makes a flow, and repeats that until it knows that there is one."""
        portal, name = self.portal(), f"soak-{time.time_ns()}"
        for _ in range(ATTEMPTS):
            status = self._call(portal, "POST", "", name, LEAST | {"name": name})
            if status == 201:
                self.told.append((portal, name))
                break
            if self.ended.wait(self.chance.uniform(0.5, 2.0)):
                break
        else:
            self.given_up += 1
        self.ended.wait(self.chance.uniform(0.2, 1.0))

    def misfortune(self) -> None:
        """Something happens to a portal, and some of it passes."""
        portal, control = self.portal(), self.control
        kind = self.chance.choice(
            ["tokens", "tokens", "tokens", "busy", "lost", "html", "closed", "unpaid", "moved"]
        )
        self.happened[kind] += 1
        host = portal.host
        acts: dict[str, Callable[[], None]] = {
            "tokens": lambda: void(control.expire_tokens(host)),
            "busy": lambda: control.fail(error="QUERY_LIMIT_EXCEEDED", times=3, host=host),
            "lost": lambda: control.lose(times=2, host=host),
            "html": lambda: control.html(times=3, host=host),
            "closed": lambda: control.fail(times=10, host=host, **CLOSED),  # type: ignore[arg-type]
            "unpaid": lambda: self._unpaid(portal),
            "moved": lambda: self._move(portal),
        }
        acts[kind]()
        self.ended.wait(self.chance.uniform(0.2, 1.0))

    def watch(self) -> None:
        """Look at the memory of the workers at the second address, which nobody kills."""
        workers = children(self.place.arbiters[1])
        self.memory.append(sum(resident(pid) for pid in workers))
        self.ended.wait(5)

    def _unpaid(self, portal: Portal) -> None:
        self.control.payment(True, portal.host)
        self.ended.wait(3)
        self.control.payment(False, portal.host)
        self.control.send_event("ONAPPPAYMENT", None, portal.host, 1)

    def _move(self, portal: Portal) -> None:
        address, _, port = portal.host.partition(":")
        third, fourth = address.split(".")[2:]
        self.control.rename(f"127.0.{int(third) % 250 + 1}.{fourth}:{port}", portal.host)

    def _call(self, portal: Portal, verb: str, below: str, key: str, body: Any) -> int:
        url = f"{self.place.service.world.app_url}/api/v1/portals/{portal.member_id}/flows{below}"
        headers = self.place.service.headers | {"Idempotency-Key": key}
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(verb, url, json=body, headers=headers, timeout=60)
        except requests.RequestException:
            # The worker was killed, or is being started.
            self.answers["call without an answer"] += 1
            return 0
        code = "" if answer.ok else f" {answer.json()['code']}"
        self.answers[f"call {answer.status_code}{code}"] += 1
        return answer.status_code


def void(_: object) -> None:
    """Nothing comes of it."""


def resident(pid: int) -> int:
    """Kilobytes of a process that are in memory; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    except OSError:
        return 0


def opened(place: ManyPortals, portal: Portal) -> tuple[int, float]:
    """The status of a launch by the portal's administrator, and the seconds it took."""
    world = place.service.world
    query, form = launch_form(world, portal, 1)
    started = time.monotonic()
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{world.app_url}/", params=query, data=form, timeout=60)
    except requests.RequestException:
        return 0, 0.0
    return answer.status_code, time.monotonic() - started


@contextmanager
def repeated(soak: Soak, act: Callable[[], None], threads: int = 1) -> Iterator[None]:
    """Let something be done again and again, by so many threads."""

    def work() -> None:
        while not soak.ended.is_set():
            act()

    working = [threading.Thread(target=work) for _ in range(threads)]
    for thread in working:
        thread.start()
    try:
        yield
    finally:
        soak.ended.set()
        for thread in working:
            thread.join()


def live(soak: Soak, seconds: float) -> dict[str, Any]:
    """Let all of it happen for so long; gives the rollout of the middle."""
    rollout: dict[str, Any] = {}
    end = time.monotonic() + seconds
    with (
        repeated(soak, soak.watch),
        repeated(soak, soak.misfortune),
        repeated(soak, soak.person, PEOPLE),
        repeated(soak, soak.program, PROGRAMS),
    ):
        while time.monotonic() < end:
            time.sleep(min(20, seconds / 6))
            soak.happened["workers killed"] += len(kill_workers(soak.place.arbiters[0], 1))
            if not rollout and time.monotonic() > end - seconds / 2:
                members = [portal.member_id for portal in soak.place.portals]
                wanted = {"document": document(2), "portals": members, "stopAfterFailures": 1}
                time.sleep(5)  # the new worker is there
                rollout = soak.place.post("/rollouts", wanted)
    return rollout


def heal(soak: Soak, rollout: dict[str, Any]) -> dict[str, Any]:
    """Make all well, let the rollout end, and take up what it could not do."""
    soak.control.heal()
    for portal in soak.place.portals:
        soak.control.payment(False, portal.host)
        assert opened(soak.place, portal)[0] in (200, 503)
    path = f"/rollouts/{rollout['id']}"
    ended = soak.place.ended(path, 600)
    for _ in range(3):
        if ended["status"] != "done":
            soak.place.post(f"{path}/retry", None)
            ended = soak.place.ended(path, 600)
    return ended


def faults(soak: Soak, rollout: dict[str, Any]) -> list[str]:
    """What is not as it must be."""
    found = []
    for portal, name in soak.told:
        count = sum(flow.name == name for flow in portal.flows.values())
        if count != 1:
            found.append(f"{name} is there {count} times")
    for portal in soak.place.portals:
        names = Counter(flow.name for flow in portal.flows.values())
        found += [f"{name} was doubled" for name, count in names.items() if count > 1]
        if opened(soak.place, portal)[0] != 200:
            found.append(f"{portal.member_id} does not open")
        status = soak.place.get(f"/portals/{portal.member_id}/flows/exists?name=x")
        if "exists" not in status:
            found.append(f"{portal.member_id}: {status}")
    found += marked_wrongly(soak)
    # The rollout of the middle takes memory that is used again, so only what comes later tells.
    before, late = soak.memory[len(soak.memory) * 3 // 4], soak.memory[-1]
    if late > GROWN * before:
        found.append(f"the workers have grown from {before // 1024} to {late // 1024} MB")
    if not soak.told or not soak.pages:
        found.append("nothing was made, or nothing seen")
    if rollout["status"] != "done":
        found.append(f"the rollout is {rollout['status']}: {rollout['progress']}")
    bad = {status for status in soak.answers if " 500" in status}
    return found + [f"{soak.answers[status]} × {status}" for status in bad]


def marked_wrongly(soak: Soak) -> list[str]:
    """What the operator is told of portals although all of them are well."""
    found = []
    for portal in soak.place.portals:
        seen = soak.place.get(f"/portals/{portal.member_id}")
        marks = [one["code"] for one in seen["attention"]]
        if (seen["status"], seen["domain"], marks) != ("active", portal.host, []):
            found.append(f"{portal.host} is {seen['status']} at {seen['domain']}: {marks}")
    return found


def rows(soak: Soak, minutes: float, rollout: dict[str, Any], grown: str) -> list[Row]:
    """The rows of the table."""
    what = f"{PORTALS} portals, {minutes:g} minutes"
    pages = sorted(soak.pages)
    early, late = soak.memory[len(soak.memory) // 4], soak.memory[-1]
    happened = ", ".join(f"{count} × {kind}" for kind, count in sorted(soak.happened.items()))
    answers = ", ".join(f"{count} × {kind}" for kind, count in soak.answers.most_common())
    percentile = pages[int(len(pages) * 0.99)] if pages else 0.0
    median = statistics.median(pages) if pages else 0.0
    return [
        Row("soak", what, happened),
        Row("soak: answers", what, answers),
        Row("soak: pages", what, f"{len(pages)}, median {median:.2f} s, p99 {percentile:.2f} s"),
        Row(
            "soak: flows",
            what,
            f"{len(soak.told)} told of, each there once; {soak.given_up} given up",
        ),
        Row("soak: rollout", what, f"{rollout['status']}, {rollout['progress']['done']} portals"),
        Row(
            "soak: memory",
            what,
            f"{early // 1024} MB early, {late // 1024} MB at the end",
            f"{late / early:.2f}",
        ),
        Row("soak: database", what, grown),
    ]


def size(url: str) -> tuple[int, int]:
    """Bytes of the database, and how many exchanges its journal has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(SIZE).scalar_one(), connection.execute(EXCHANGES).scalar_one()
    engine.dispose()
    return int(found[0]), int(found[1])


def main(minutes: float) -> int:
    """Live through it, print the table, and give the exit code."""
    logging.disable(logging.ERROR)
    seed = int(os.environ.get("SEED", "1"))
    with postgresql_server() as sockets:
        url = Postgresql(sockets).migrated()
        print(f"Installing on {PORTALS} portals ...", file=sys.stderr, flush=True)
        with many_portals(url, [2, 2], PORTALS, {"LEASE": "30", "BUCKET": "50:2"}) as place:
            before = size(url)
            soak = Soak(place, random.Random(seed))  # noqa: S311 - no secret comes of it
            print(f"Living for {minutes:g} minutes ...", file=sys.stderr, flush=True)
            rollout = heal(soak, live(soak, minutes * 60))
            wrong = faults(soak, rollout)
            after = size(url)
            exchanges = after[1] - before[1]
            grown = (
                f"{(after[0] - before[0]) / 2**20:.0f} MB more for {exchanges} exchanges, "
                f"{(after[0] - before[0]) / max(exchanges, 1) / 1024:.1f} KB each"
            )
            print(written(rows(soak, minutes, rollout, grown)))
    for fault in wrong:
        print(fault)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(float(os.environ.get("MINUTES", "30"))))
