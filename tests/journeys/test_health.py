"""Each trouble is made on a portal, found by a look, mended by its plan, and gone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.emulator.entities import Portal
from tests.support.app_harness import AppHarness
from tests.support.blueprint_harness import Documents
from tests.support.many_flows import add_flows


class Doctor:
    """A program that looks after portal A."""

    def __init__(self, app: AppHarness) -> None:
        self.app = app
        self.documents = Documents(app.program(app.a))

    def look(self) -> list[dict[str, Any]]:
        """Look, however soon after the last look."""
        self.forget_the_last_look()
        answer = self.documents.post("health/look")
        assert answer.status_code == 200, answer.text
        return list(answer.json["items"])

    def forget_the_last_look(self) -> None:
        """A minute passes for the application."""
        findings = self.app.container.health.findings
        at = findings.looked_at(self.app.a.member_id)
        if at is not None:
            kept = findings.all(self.app.a.member_id)
            findings.put(self.app.a.member_id, at.replace(year=at.year - 1), kept)

    def found(self, code: str, flow_id: int = 101) -> dict[str, Any] | None:
        """What a look finds of one flow."""
        items = [one for one in self.look() if (one["code"], one["flowId"]) == (code, flow_id)]
        assert len(items) <= 1
        return items[0] if items else None

    def mend(self, finding: dict[str, Any]) -> None:
        """Apply the plan of a finding."""
        made = self.documents.post(f"health/{finding['id']}/plan")
        assert made.status_code == 201, made.text
        ended = self.documents.applied(made.json)
        assert ended["status"] == "applied", ended


@pytest.fixture
def doctor(installed_app: AppHarness) -> Doctor:
    """A portal without troubles, and who looks after it."""
    flow = installed_app.a.flows[103]
    flow.efficiency = 100
    found = Doctor(installed_app)
    assert found.look() == []
    return found


def overlap(portal: Portal) -> None:
    flow = portal.flows[101]
    flow.queue = [2, 17]
    flow.responsibles = {"queue": ["U2", "U17", f"DR{portal.users[2].departments[0]}"]}


def sample(portal: Portal) -> None:
    portal.flows[104].active = True


def alike(portal: Portal) -> None:
    portal.flows[103].name = "IT  hеlp-dеsk"  # noqa: RUF001 - the letters only look Latin


def alone(portal: Portal) -> None:
    flow = portal.flows[101]
    flow.queue = [2]
    flow.responsibles = {"queue": ["U2"]}


def empty(portal: Portal) -> None:
    flow = portal.flows[103]
    flow.responsibles = {"himself": ["U3"]}
    portal.users[3].active = False


TROUBLES = [
    ("person_dismissed", "high", 101, lambda a: setattr(a.users[17], "active", False)),
    ("queue_overlap", "medium", 101, overlap),
    ("team_of_one", "low", 101, alone),
    ("team_empty", "high", 103, empty),
    ("project_gone", "high", 101, lambda a: setattr(a.groups[10], "closed", True)),
    ("project_gone", "high", 101, lambda a: a.groups.pop(10)),
    ("template_gone", "medium", 101, lambda a: setattr(a.flows[101], "template_id", 999)),
    ("efficiency_low", "medium", 103, lambda a: setattr(a.flows[103], "efficiency", 79)),
    ("pending_over_limit", "medium", 101, None),
    ("lookalike", "low", 101, alike),
    ("sample_looks_real", "low", 104, sample),
]


def crowd(portal: Portal) -> None:
    """One task more is pending than the flow's limit allows."""
    pending = sum(task.flow_id == 101 and task.status == 2 for task in portal.tasks.values())
    assert pending
    portal.flows[101].notify_on_queue_overflow = pending
    # As many as the limit are no trouble yet.


@pytest.mark.parametrize(("code", "severity", "flow_id", "make"), TROUBLES)
def test_a_trouble_is_found_and_keeps_its_number(
    code: str, severity: str, flow_id: int, make: Any, doctor: Doctor
) -> None:
    portal = doctor.app.a
    if make is None:
        crowd(portal)
        assert doctor.found(code, flow_id) is None
        first = next(task for task in portal.tasks.values() if task.flow_id == 101)
        for number in (901, 902):
            portal.tasks[number] = type(first)(
                number, "More", 1, 2, flow_id=101, status=2, created=first.created
            )
    else:
        make(portal)
    found = doctor.found(code, flow_id)
    assert found is not None
    assert found["severity"] == severity
    assert found["name"] == portal.flows[flow_id].name
    assert found["message"]
    again = doctor.found(code, flow_id)
    assert again is not None
    assert (again["id"], again["since"]) == (found["id"], found["since"])


@pytest.mark.parametrize(
    ("code", "flow_id", "make"),
    [(code, flow_id, make) for code, _, flow_id, make in TROUBLES if make],
)
def test_what_can_be_mended_is_gone_afterwards(
    code: str, flow_id: int, make: Any, doctor: Doctor
) -> None:
    make(doctor.app.a)
    found = doctor.found(code, flow_id)
    assert found is not None
    before = vars(doctor.app.a.flows[flow_id]).copy()
    if found["mend"] is None:
        answer = doctor.documents.post(f"health/{found['id']}/plan")
        assert (answer.status_code, answer.json["code"]) == (409, "no_mend")
        return
    doctor.mend(found)
    assert doctor.found(code, flow_id) is None
    after = vars(doctor.app.a.flows[flow_id])
    changed = {name for name in before if before[name] != after[name]} - {"activity"}
    assert changed <= {"queue", "responsibles", "template_id", "task_creators", "efficiency"}


def test_a_flow_that_bitrix24_switched_is_switched_back(doctor: Doctor) -> None:
    flow = doctor.app.a.flows[101]
    doctor.app.control.dismiss(2)
    doctor.app.control.dismiss(17)
    doctor.app.control.dismiss(18)
    assert flow.distribution_type == "manually"
    found = doctor.found("switched_to_manual")
    assert found is not None
    assert found["severity"] == "high"
    assert found["mend"]
    # Its former people are gone, so the plan says that the team would be empty.
    made = doctor.documents.post(f"health/{found['id']}/plan")
    assert made.status_code == 201
    assert {one["code"] for one in made.json["unsafe"]} >= {"team_empty"}


def test_a_flow_that_nobody_uses_is_turned_off(doctor: Doctor) -> None:
    portal = doctor.app.a
    portal.tasks.clear()
    portal.flows[101].activity = time.time() - 91 * 86400
    found = doctor.found("unused")
    assert found is not None
    doctor.mend(found)
    assert portal.flows[101].active is False
    # A flow that is off is in no trouble.
    assert doctor.found("unused") is None


def test_a_muted_finding_is_not_told(doctor: Doctor) -> None:
    alone(doctor.app.a)
    found = doctor.found("team_of_one")
    assert found is not None
    address = f"{doctor.documents.portal}/health/{found['id']}/mute"
    muted = doctor.documents.api.call("PUT", address, json={"days": 7})
    assert muted.status_code == 200
    assert muted.json["mutedUntil"]
    assert doctor.documents.get("health").json["items"] == []
    assert len(doctor.documents.get("health", query_string={"muted": "true"}).json["items"]) == 1
    assert doctor.found("team_of_one") is None
    doctor.documents.api.call("PUT", address, json={"days": 0})
    assert len(doctor.documents.get("health").json["items"]) == 1


@pytest.mark.parametrize("days", [-1, 91, 1.5, "7", True, None])
def test_a_mute_of_no_number_of_days_is_refused(days: Any, doctor: Doctor) -> None:
    alone(doctor.app.a)
    found = doctor.found("team_of_one")
    assert found is not None
    address = f"{doctor.documents.portal}/health/{found['id']}/mute"
    answer = doctor.documents.api.call("PUT", address, json={"days": days})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_settings")


def test_findings_are_filtered(doctor: Doctor) -> None:
    alone(doctor.app.a)
    sample(doctor.app.a)
    assert len(doctor.look()) == 2
    for query, count in (
        ({"flowId": "104"}, 1),
        ({"severity": "low"}, 2),
        ({"severity": "high"}, 0),
    ):
        assert len(doctor.documents.get("health", query_string=query).json["items"]) == count
    for query in ({"severity": "bad"}, {"flow": "1"}, {"muted": "perhaps"}):
        assert doctor.documents.get("health", query_string=query).status_code == 400


def test_a_second_look_within_a_minute_asks_nothing(doctor: Doctor) -> None:
    doctor.look()
    sent = doctor.app.transport.sent
    assert doctor.documents.post("health/look").status_code == 200
    assert doctor.app.transport.sent == sent


def test_five_hundred_flows_cost_fifteen_requests(doctor: Doctor) -> None:
    add_flows(doctor.app.a, 500)
    doctor.forget_the_last_look()
    sent = doctor.app.transport.sent
    assert doctor.documents.post("health/look").status_code == 200
    assert doctor.app.transport.sent - sent <= 15


def test_a_portal_that_does_not_filter_tasks_by_flow_has_no_numbers(doctor: Doctor) -> None:
    crowd(doctor.app.a)
    doctor.app.a.flows[101].notify_on_queue_overflow = 1
    doctor.app.control.fail("tasks.task.list", times=100)
    assert doctor.found("pending_over_limit") is None


def test_the_operator_sees_all_portals(doctor: Doctor) -> None:
    alone(doctor.app.a)
    doctor.look()
    operator = doctor.app.program(None)
    items = operator.call("GET", "/api/v1/health").json["items"]
    assert [(one["memberId"], one["low"]) for one in items] == [(doctor.app.a.member_id, 1)]
    assert doctor.documents.api.call("GET", "/api/v1/health").status_code == 403


def test_the_command_line_looks(doctor: Doctor) -> None:
    alone(doctor.app.a)
    doctor.forget_the_last_look()
    runner = doctor.app.app.test_cli_runner()
    ended = runner.invoke(args=["health", "look", "--portal", doctor.app.a.member_id])
    assert ended.exit_code == 0, ended.output
    assert ended.stdout == f"{doctor.app.a.member_id}\tlow\tteam_of_one\tIT help desk\n"
    assert runner.invoke(args=["health", "look"]).exit_code == 1
    assert runner.invoke(args=["health", "look", "--all"]).exit_code == 0
