"""Many flows changed at once, a successor, several flows after one blueprint, and adoption."""

from __future__ import annotations

import html
import json
import re

import pytest
from werkzeug.test import TestResponse

from tests.support.endpoint_harness import EndpointHarness, words_of
from tests.unit.web.plans.test_pages import Visit


def person(number: int, name: str = "Somebody") -> str:
    """Somebody picked, as picker.js writes it."""
    return json.dumps(["user", str(number), name])


def applied(visit: Visit, page: TestResponse, **more: object) -> TestResponse:
    """Press Apply on the page of a plan."""
    found = re.search(r"/plans/(\d+)/apply", page.text)
    assert found, words_of(page)
    return visit.apply(int(found[1]), page, **more)


@pytest.fixture
def alice(installed_endpoints: EndpointHarness) -> Visit:
    """An administrator."""
    return Visit(installed_endpoints)


def test_rows_can_be_chosen_by_administrators_only(installed_endpoints: EndpointHarness) -> None:
    for user_id, is_drawn in ((1, True), (3, False)):
        assert ("data-choose" in Visit(installed_endpoints, user_id).first.text) is is_drawn
    assert Visit(installed_endpoints, 3).get("/changes?ids=101").status_code == 403
    assert Visit(installed_endpoints, 3).post("/changes", ids="101").status_code == 403


def test_what_is_chosen_becomes_the_same_in_every_flow(alice: Visit) -> None:
    portal = alice.endpoints.a
    others = {number: flow.owner_id for number, flow in portal.flows.items()}
    page = alice.get("/changes?ids=101,102")
    assert "Change 2 flows" in words_of(page)
    for number in (101, 102):
        assert portal.flows[number].name in words_of(page)

    plan = alice.post(
        "/changes",
        ids="101,102",
        ownerId=person(4),
        plannedCompletionTime="3",
        unit="days",
        notifyOnQueueOverflow="7",
        notifyWhenEfficiencyDecreases="0",
    )
    assert "change 2 flows" in words_of(plan)
    assert {number: flow.owner_id for number, flow in portal.flows.items()} == others
    assert "Applied" in words_of(applied(alice, plan))
    for number in (101, 102):
        flow = portal.flows[number]
        assert (flow.owner_id, flow.planned_completion_time) == (4, 3 * 86400)
        assert flow.notify_on_queue_overflow == 7
        assert not flow.notify_when_efficiency_decreases
        del others[number]
    assert all(portal.flows[number].owner_id == owner for number, owner in others.items())


def test_people_join_and_leave_teams(alice: Visit) -> None:
    flow = alice.endpoints.a.flows[101]
    gone, new = flow.queue[0], 9
    assert new not in flow.queue
    left = flow.queue[1:]
    plan = alice.post("/changes", ids="101", add=person(new), remove=person(gone))
    applied(alice, plan)
    assert flow.queue == [*left, new]


def test_a_team_is_not_emptied_in_silence(alice: Visit) -> None:
    flow = alice.endpoints.a.flows[101]
    everybody = [person(number) for number in flow.queue]
    plan = alice.post("/changes", ids="101", remove=everybody)
    assert "Nobody would be left to do the tasks" in words_of(plan)
    assert "/apply" not in plan.text


def test_flows_are_turned_off_together(alice: Visit) -> None:
    portal = alice.endpoints.a
    applied(alice, alice.post("/changes", ids="101,102", active="0"))
    assert [portal.flows[number].active for number in (101, 102)] == [False, False]


def test_a_sample_stays_as_it_is_and_says_why(alice: Visit) -> None:
    sample = next(number for number, flow in alice.endpoints.a.flows.items() if flow.demo)
    plan = alice.post("/changes", ids=f"{sample}", active="0")
    assert "A sample of Bitrix24" in words_of(plan)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Say at least one thing"),
        ({"notifyOnQueueOverflow": "many"}, "Enter a whole number, 0 for off"),
        ({"plannedCompletionTime": "soon", "unit": "days"}, "time"),
        ({"plannedCompletionTime": "5", "unit": "minutes"}, "hour"),
        ({"notifyWhenEfficiencyDecreases": "101"}, "100"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(alice: Visit, sent: dict[str, str], told: str) -> None:
    page = alice.post("/changes", ids="101", **sent)
    assert page.status_code == 200
    assert "The plan can't be made yet" in words_of(page)
    assert told in words_of(page)
    for name, value in sent.items():
        if name != "unit":
            assert f'value="{value}"' in page.text


def test_a_flow_that_is_gone_is_told(alice: Visit) -> None:
    assert alice.post("/changes", ids="101,99999", active="0").status_code == 404
    assert alice.endpoints.a.flows[101].active


def test_a_successor_takes_over_everywhere(alice: Visit) -> None:
    portal = alice.endpoints.a
    page = alice.get("/changes/successor")
    leaver = portal.flows[101].queue[0]
    portal.flows[102].owner_id = leaver
    portal.users[leaver].active = False
    page = alice.get("/changes/successor")
    shown = re.search(rf'<option value="{leaver}">([^<]+)', page.text)
    assert shown
    assert "dismissed" in shown[1]
    place = portal.flows[101].queue.index(leaver)

    plan = alice.post("/changes/successor", leaver=str(leaver), successor=person(9))
    applied(alice, plan)

    assert portal.flows[101].queue[place] == 9
    assert portal.flows[102].owner_id == 9
    assert not any(
        leaver in (flow.owner_id, *flow.queue) for flow in portal.flows.values() if not flow.demo
    )


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Choose who leaves and who takes over"),
        ({"leaver": "2"}, "Choose who leaves and who takes over"),
        ({"leaver": "2", "successor": person(2)}, "Choose two different people"),
    ],
)
def test_a_successor_needs_two_people(alice: Visit, sent: dict[str, str], told: str) -> None:
    assert told in words_of(alice.post("/changes/successor", **sent))


def test_a_ready_blueprint_needs_people_only(alice: Visit) -> None:
    portal = alice.endpoints.a
    page = alice.get("/blueprints/edit?ready=it-help-desk")
    assert "Who does the tasks" in words_of(page)
    document = html.unescape(page.text.split('id="document"')[1].split(">", 1)[1].split("</tex")[0])
    before = set(portal.flows)
    sent = {"variable:agents": [person(2), person(3)]}
    document = document.replace("IT help desk", "Second help desk")
    number, page = alice.plan(document, **sent)
    alice.apply(number, page)
    (new,) = set(portal.flows) - before
    assert portal.flows[new].name == "Second help desk"
    assert 2 in portal.flows[new].queue


SEVERAL = """schema: 1
variables:
  agents: []
flows:
  requests:
    name: Requests
    plannedCompletionTime: 4h
    distributionType: himself
    responsibleList: [$agents]
"""


def test_several_flows_are_made_after_one_blueprint(alice: Visit) -> None:
    portal = alice.endpoints.a
    page = alice.post("/blueprints/several", document=SEVERAL)
    shown = html.unescape(page.text)
    assert "name\tagents" in shown
    assert "Requests – " in shown
    before = set(portal.flows)
    rows = (
        "name\tagents\townerId\tplannedCompletionTime\n"
        "Requests north\tBoris Lee, Sales\tAlice Carter\t2d\n"
        "Requests south\tBoris Lee\t\t\n"
    )
    plan = alice.post("/blueprints/several/plan", document=SEVERAL, rows=rows)
    assert "create 2 flows" in words_of(plan)
    applied(alice, plan)
    made = {
        portal.flows[number].name: portal.flows[number] for number in set(portal.flows) - before
    }
    assert set(made) == {"Requests north", "Requests south"}
    assert made["Requests north"].planned_completion_time == 2 * 86400
    assert made["Requests south"].planned_completion_time == 4 * 3600
    # The same table again has nothing to do.
    again = alice.post("/blueprints/several/plan", document=SEVERAL, rows=rows)
    assert "Everything is as it is wanted" in words_of(again)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("", "Give a first line"),
        ("agents\nBoris Lee", "Give a first line"),
        ("name;agents\nA;Boris Lee\na;Boris Lee", "Row 1 has the same name"),
        ("name;agents\n;Boris Lee", "Give each flow a name"),
        ("name;colour\nA;red", "neither a variable of the document nor a field"),
        ("name;agents\nA;Nobody Known", "Who or what is meant?"),
        ("name\n" + "\n".join(f"Flow {number}" for number in range(201)), "At most 200 flows"),
        ("name;agents;matchWorkTime\nA;Boris Lee;perhaps", "true or false"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_beside_it(alice: Visit, rows: str, told: str) -> None:
    page = alice.post("/blueprints/several/plan", document=SEVERAL, rows=rows)
    assert told in words_of(page)
    assert 'id="rows"' in page.text


def test_several_are_made_after_exactly_one(alice: Visit) -> None:
    two = SEVERAL + "  more: {name: More}\n"
    page = alice.post("/blueprints/several", document=two)
    assert "the document has to hold exactly one" in words_of(page)


def test_a_flow_is_adopted_and_then_deleted_by_a_plan(alice: Visit) -> None:
    portal = alice.endpoints.a
    assert "No blueprint knows this flow" in words_of(alice.get("/flows/101"))
    page = alice.post("/flows/101/adopt", key="help-desk")
    assert "Blueprints own this flow now" in words_of(page)
    absent = "schema: 1\nflows: {help-desk: {state: absent}}\n"
    number, page = alice.plan(absent)
    assert "delete 1 flow" in words_of(page)
    alice.apply(number, page)
    assert 101 not in portal.flows


@pytest.mark.parametrize("key", ["", " ", "x" * 101, "a\u0000b"])
def test_a_key_that_cannot_be_is_refused(alice: Visit, key: str) -> None:
    assert "Enter a key of 1 to 100 characters" in words_of(alice.post("/flows/101/adopt", key=key))


def test_a_key_of_another_flow_is_refused(alice: Visit) -> None:
    alice.post("/flows/101/adopt", key="help-desk")
    page = alice.post("/flows/102/adopt", key="help-desk")
    assert "know another flow" in words_of(page)


def test_only_administrators_adopt(installed_endpoints: EndpointHarness) -> None:
    visit = Visit(installed_endpoints, 3)
    assert visit.post("/flows/101/adopt", key="help-desk").status_code == 403


def test_the_chosen_flows_are_exported(alice: Visit) -> None:
    text = html.unescape(alice.get("/blueprints/edit?export=some&ids=101,102").text)
    assert "IT help desk" in text
    assert text.count("distributionType:") == 2


def test_a_choice_is_shown_again_and_forgotten(alice: Visit) -> None:
    document = SEVERAL.replace("agents: []", "agents: [{user: anna@example.com}]")
    page = alice.post("/blueprints/plan", document=document)
    assert "Who or what is meant?" in words_of(page)
    page = alice.post("/blueprints/plan", document=document, **{"choice:anna@example.com": "2"})
    assert "create 1 flow" in words_of(page)
    kept = alice.post("/blueprints/keep", document=document, slug="requests")
    assert "is kept" in words_of(kept)

    shown = words_of(alice.get("/blueprints/edit?own=requests"))
    assert "Chosen earlier for this Bitrix24" in shown
    assert "Boris Lee" in shown.split("Chosen earlier")[1]

    forget = {"document": document, "forget": "user:anna@example.com"}
    assert "Chosen earlier" not in words_of(alice.post("/blueprints/forget", **forget))
    page = alice.post("/blueprints/plan", document=document)
    assert "Who or what is meant?" in words_of(page)


def test_why_an_email_is_not_found_is_told_where_none_are_shown(alice: Visit) -> None:
    page = alice.post("/blueprints/plan", document=SEVERAL.replace("$agents", "{user: x@y.zz}"))
    assert "Who or what is meant?" in words_of(page)
    assert "grant it the right “user_basic”" in words_of(page)
