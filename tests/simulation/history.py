"""One seeded history: what people, programs and portals do, what goes wrong, and what must hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.emulator.entities import Flow, Portal
from tests.simulation.application import SimulatedApp
from tests.simulation.misfortune import BREAKS
from tests.support.lost_connections import Crash

NAMES = ("Purchase", "Help desk", "Leave")
BY_KEY = "By key "
NEW = {
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "3"]],
}


@dataclass(frozen=True)
class Step:
    """Something that somebody does on a portal, with the misfortunes that its requests meet."""

    action: str
    portal: int
    argument: int
    misfortunes: dict[int, str] = field(default_factory=dict)
    database_away: int = -1
    """Which of the connections to the database cannot be had; -1 for none."""
    killed: bool = False
    """Whether the process dies at that connection instead."""

    def __str__(self) -> str:
        bad = "".join(f", request {number}: {what}" for number, what in self.misfortunes.items())
        what = "killed" if self.killed else "database away"
        away = f", {what} at connection {self.database_away}" if self.database_away >= 0 else ""
        return f"{self.action}({self.argument}) on portal {'AB'[self.portal]}{bad}{away}"


ACTIONS = (
    ("create", 6), ("create by key", 4), ("rename", 3), ("switch", 3), ("delete", 2),
    ("list", 2), ("open", 3), ("open as a person", 1), ("hour", 5), ("clock", 1),
    ("payment", 1), ("uninstall", 1), ("install", 2), ("update", 1), ("events", 3),
)  # fmt: skip


def drawn(seed: int, length: int = 14) -> list[Step]:
    """The steps of a seed; each stands by itself, so that a shorter history can be tried."""
    chance = random.Random(seed)
    kinds, weights = zip(*ACTIONS, strict=True)
    steps = []
    for _ in range(length):
        misfortunes = {}
        if chance.random() < 0.45:
            misfortunes = {chance.randrange(4): chance.choice(BREAKS)}
        away = chance.randrange(8) if chance.random() < 0.2 else -1
        killed = chance.random() < 0.4
        action = chance.choices(kinds, weights)[0]
        portal, argument = chance.randrange(2), chance.randrange(12)
        steps.append(Step(action, portal, argument, misfortunes, away, killed))
    return steps


class History:
    """Runs steps against the application and collects what is not as it must be."""

    def __init__(self, app: SimulatedApp) -> None:
        """`app` is fresh: installed on both portals."""
        self.app = app
        self.faults: list[str] = []
        self._deleted: set[str] = set()
        """Portals on which something was deleted."""
        self._keys: dict[str, int] = {}
        """How many idempotency keys were used on which portal; the last one may be repeated."""
        self._actions: dict[str, Callable[[Portal, int], None]] = {
            "create": self._create, "create by key": self._create_by_key,
            "rename": self._rename, "switch": self._switch, "delete": self._delete,
            "list": self._list, "open": self._open,
            "open as a person": self._open_as_person, "hour": self._hour, "clock": self._clock,
            "payment": self._payment, "uninstall": self._uninstall, "install": self._install,
            "update": self._update, "events": self._events,
        }  # fmt: skip

    def run(self, steps: Sequence[Step]) -> list[str]:
        """Live through the steps, make everything well again, and say what does not hold."""
        for step in steps:
            portal = self.app.portals[step.portal]
            self.app.unlucky.plan(step.misfortunes)
            self.app.connections.fail_at(step.database_away, kills=step.killed)
            try:
                self._actions[step.action](portal, step.argument)
            except Crash:
                self.app.restart()
            finally:
                self.app.unlucky.plan({})
                self.app.connections.fail_at(-1)
            self.faults += [f"{fault} [{step}]" for fault in self.app.unlucky.faults]
            self.app.unlucky.faults.clear()
        self._heal()
        return self.faults

    # What programs do ------------------------------------------------------------------------

    def _create(self, portal: Portal, argument: int) -> None:
        name = NAMES[argument % len(NAMES)]
        before = _named(portal, name)
        answer = self._call(portal, "POST", "", NEW | {"name": name})
        after = _named(portal, name)
        if len(after) > 1:
            self.faults.append(f"{name} was doubled")
        self._judge("create", answer, bool(after) and after != before, 201)

    def _create_by_key(self, portal: Portal, argument: int) -> None:
        """A new key, or (three times in four) the last one again."""
        number = self._keys.get(portal.member_id, 1) + (argument % 4 == 0)
        self._keys[portal.member_id] = number
        before = _named(portal, _by_key(number))
        answer = self._repeat(portal, number)
        after = _named(portal, _by_key(number))
        # An answer that is replayed tells what was; so does the repeat of what was done before.
        if "Idempotent-Replayed" in answer.headers or before:
            self._honest("create by key", answer)
        else:
            self._judge("create by key", answer, bool(after), 201)

    def _repeat(self, portal: Portal, number: int) -> TestResponse:
        name = _by_key(number)
        body, key = NEW | {"name": name}, f"{portal.member_id}-{number}"
        answer = self._call(portal, "POST", "", body, key)
        if len(_named(portal, name)) > 1:
            self.faults.append(f"{name} was doubled")
        return answer

    def _rename(self, portal: Portal, argument: int) -> None:
        flow_id = self._some_flow(portal, argument)
        before = portal.flows.get(flow_id)
        hours = (argument % 5 + 1) * 3600
        was = before.planned_completion_time if before else None
        answer = self._call(portal, "PATCH", f"/{flow_id}", {"plannedCompletionTime": hours})
        now = portal.flows.get(flow_id)
        is_so = now is not None and now.planned_completion_time == hours
        self._judge("update", answer, is_so, 200, nothing=was == hours)

    def _switch(self, portal: Portal, argument: int) -> None:
        flow_id, active = self._some_flow(portal, argument), bool(argument % 2)
        before = portal.flows.get(flow_id)
        was = before.active if before else None
        answer = self._call(portal, "PUT", f"/{flow_id}/active", {"active": active})
        now = portal.flows.get(flow_id)
        is_so = now is not None and now.active == active
        self._judge("switch", answer, is_so, 200, nothing=was == active)

    def _delete(self, portal: Portal, argument: int) -> None:
        flow_id = self._some_flow(portal, argument)
        existed = flow_id in portal.flows
        self._deleted.add(portal.member_id)
        answer = self._call(portal, "DELETE", f"/{flow_id}")
        self._judge("delete", answer, existed and flow_id not in portal.flows, 204)

    def _list(self, portal: Portal, argument: int) -> None:
        answer = self._call(portal, "GET", "")
        if answer.status_code == 200 and answer.json["complete"]:
            told = {flow["id"] for flow in answer.json["items"]}
            if told != set(portal.flows):
                self.faults.append(f"told complete: {told} of {set(portal.flows)}")
        self._honest("list", answer)

    # What people and portals do --------------------------------------------------------------

    def _open(self, portal: Portal, argument: int) -> None:
        self._honest("open", self.app.launch("/", portal, 1))

    def _open_as_person(self, portal: Portal, argument: int) -> None:
        self._honest("open", self.app.launch("/", portal, 3))

    def _hour(self, portal: Portal, argument: int) -> None:
        self.app.pass_time(3600 + argument)

    def _clock(self, portal: Portal, argument: int) -> None:
        self.app.turn_own_clock(3600 if argument % 2 else -3600)

    def _payment(self, portal: Portal, argument: int) -> None:
        if portal.installation:
            portal.installation.payment_expired = bool(argument % 2)

    def _uninstall(self, portal: Portal, argument: int) -> None:
        self.app.uninstall(portal)

    def _install(self, portal: Portal, argument: int) -> None:
        if portal.installation is None:
            self.app.control.reinstall(portal.host)
        self._honest("install", self.app.launch("/install", portal, 1))
        self.app.control.finish(portal.host)

    def _update(self, portal: Portal, argument: int) -> None:
        if portal.installation:
            self.app.control.update(portal.host)

    def _events(self, portal: Portal, argument: int) -> None:
        for answer in self.app.deliver():
            self._honest("event", answer)

    # What must hold --------------------------------------------------------------------------

    def _call(
        self, portal: Portal, verb: str, below: str, body: Any = None, key: str = ""
    ) -> TestResponse:
        return self.app.call(verb, f"/{portal.member_id}/flows{below}", body, key)

    def _honest(self, what: str, answer: TestResponse) -> None:
        """No answer is an unforeseen error."""
        if answer.status_code == 500:
            self.faults.append(f"{what}: 500 {answer.get_data(as_text=True)[:200]}")

    def _judge(
        self, what: str, answer: TestResponse, happened: bool, good: int, *, nothing: bool = False
    ) -> None:
        """Told is so: a success happened, and nobody is told "nothing happened" of what did."""
        self._honest(what, answer)
        if answer.status_code == good or nothing:
            if answer.status_code == good and not happened:
                self.faults.append(f"{what}: told done, but it is not")
        elif happened and not (answer.json or {}).get("mayHaveHappened"):
            self.faults.append(f"{what}: done, but told {answer.status_code} {answer.json}")

    def _some_flow(self, portal: Portal, argument: int) -> int:
        # Not those by key: what somebody changes is not what the repeat asks for any more.
        ids = sorted(number for number, flow in portal.flows.items() if _is_for_all(flow))
        return ids[argument % len(ids)] if ids else 999

    def _heal(self) -> None:
        """After all bad luck an administrator opens the application, and everything works again."""
        self.app.unlucky.plan({})
        self.app.deliver()
        self.app.pass_time(12 * 3600)
        for portal in self.app.portals:
            keys = self.app.has_key(portal)
            if portal.installation is None:
                self._gone(portal)
                continue
            portal.installation.payment_expired = False
            if not portal.installation.installed:
                self.app.control.finish(portal.host)
                self.app.deliver()
            self._still_authorized(portal)
            opened = self.app.launch("/", portal, 1)
            if opened.status_code != 200:
                text = opened.get_data(as_text=True)
                self.faults.append(f"healed, but opening gives {opened.status_code} {text[-900:]}")
            answer = self._call(portal, "GET", "")
            if answer.status_code != 200:
                self.faults.append(f"healed, but the list gives {answer.status_code} {answer.json}")
            status = self.app.container.portals.find(portal.member_id).status
            if status != "active":
                self.faults.append(f"healed, but the portal is marked {status}")
            for number in range(1, self._keys.get(portal.member_id, 0) + 1):
                self._repeat_after_all(portal, number)
            if not keys and portal.member_id not in self.app.left:
                self.faults.append("the API key of a portal that never left is gone")

    def _still_authorized(self, portal: Portal) -> None:
        """Without an administrator too, where every token that was handed out reached us."""
        excused = portal.member_id in self.app.left or self.app.unlucky.pair_lost
        answer = self._call(portal, "GET", "")
        if answer.status_code == 409 and not excused:
            self.faults.append(f"the authorization was lost: {answer.json}")

    def _repeat_after_all(self, portal: Portal, number: int) -> None:
        """No passing trouble is replayed, and what was done once is not done again."""
        answer = self._repeat(portal, number)
        # A portal that leaves takes its stored responses along, and finds its own flow there. A
        # portal that cannot list its flows cannot say which of them has the name. A deletion that
        # was cut off leaves the flow's project, which has the name.
        left = portal.member_id in self.app.left | self._deleted
        blind = left or portal is self.app.portals[1]
        allowed = (201, 409) if blind else (201,)
        if answer.status_code not in allowed:
            self.faults.append(f"healed, but a repeat gives {answer.status_code} {answer.json}")

    def _gone(self, portal: Portal) -> None:
        """A portal without the application keeps no working token, and no row once it said so."""
        known = self.app.container.portals.known(portal.member_id)
        if known and portal.member_id in self.app.heard:
            self.faults.append(f"a portal that said goodbye is {known.status}")
        answer = self._call(portal, "GET", "")
        if answer.status_code == 200:
            self.faults.append("a portal that left is still served")


def _is_for_all(flow: Flow) -> bool:
    return not flow.demo and not flow.name.startswith(BY_KEY)


def _by_key(number: int) -> str:
    return f"{BY_KEY}{number}"


def _named(portal: Portal, name: str) -> list[int]:
    return [number for number, flow in portal.flows.items() if flow.name == name]


def shortened(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """The steps without which the history would not fail; one after the other is left out."""
    kept = list(steps)
    for step in list(kept):
        fewer = [other for other in kept if other is not step]
        if fails(fewer):
            kept = fewer
    return kept
