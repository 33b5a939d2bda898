"""The pages over HTTP: who sees what, what switching and undoing do, how heavy the list is."""

from __future__ import annotations

import gzip
import html
import json
import re
from dataclasses import replace

import pytest

from tests.support.app_harness import AppHarness
from tests.support.browser_form import sent_by_a_browser
from tests.support.endpoint_harness import words_of
from tests.support.visitor import Visitor


@pytest.fixture
def alice(installed_app: AppHarness) -> Visitor:
    """The administrator of portal A."""
    return Visitor(installed_app, installed_app.a)


def row(page: str, flow_id: int) -> str:
    """The row of a flow in a list."""
    found = re.search(rf'<tr id="flow-{flow_id}".*?</tr>', page, re.DOTALL)
    return html.unescape(found[0]) if found else ""


def words_in(page: str) -> str:
    """What a person reads on a part of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def actions(page: str, flow_id: int) -> list[str]:
    """What a person may do with a flow of a list."""
    return re.findall(r'class="word">([^<]+)<', row(page, flow_id))


def test_the_answer_to_a_launch_is_the_list(alice: Visitor) -> None:
    page = alice.first.get_data(as_text=True)
    for said in ("IT help desk", "Project: Website", "Use queue", "2 days", "87%", "Alice Carter"):
        assert said in row(page, 101)
    assert ">Off<" in row(page, 102)
    assert "Sample, not set up" in row(page, 104)
    assert "%" not in row(page, 104).split("Efficiency")[1].split("</td>")[0]
    assert "All 4 On 2 Off 1 Samples 1 As of" in words_of(alice.first)


def menu(page: str, flow_id: int) -> list[str]:
    """What stands behind the ⋯ of a row."""
    items = row(page, flow_id).partition("menu-items")[2]
    return [words.strip() for words in re.findall(r"</svg>([^<]+)</(?:button|a)>", items)]


def test_everybody_is_offered_what_they_may_do(installed_app: AppHarness) -> None:
    change = ["Create task", "Edit", "Turn off", "More actions"]
    less_used = ["Details", "Copy", "Open in Bitrix24", "Pin in Bitrix24", "Unpin in Bitrix24"]
    page = Visitor(installed_app, installed_app.a).get("/flows")
    administers = [*less_used[:2], "Export", *less_used[2:], "Delete"]
    assert (actions(page, 101), menu(page, 101)) == (change, administers)
    assert (actions(page, 104), menu(page, 104)[1]) == (["More actions"], "Use as a start")
    vera = Visitor(installed_app, installed_app.a, 3).get("/flows")
    assert actions(vera, 103) == change
    assert (actions(vera, 101), menu(vera, 101)) == (["Create task", "More actions"], less_used)


def many(installed_app: AppHarness, count: int) -> None:
    """So many flows on portal A, with long names."""
    for number in range(1000, 1000 + count - len(installed_app.a.flows)):
        installed_app.a.flows[number] = replace(
            installed_app.flow(101),
            id=number,
            name=f"Requests of the department number {number}",
            efficiency=number % 101,
            owner_id=number % 4 + 1,
            planned_completion_time=3600 * (number % 90 + 1),
            activity=installed_app.world.clock.now() - 3600 * number,
        )


def test_a_page_of_five_hundred_flows_is_light(installed_app: AppHarness, alice: Visitor) -> None:
    many(installed_app, 500)
    page = alice.get("/flows")
    assert page.count('<tr id="flow-') == 50
    assert len(gzip.compress(page.encode())) <= 30 * 1024
    assert "1–50 of 500" in words_in(page)


@pytest.mark.parametrize("count", [49, 50, 51, 100, 260])
def test_a_long_list_is_whole_and_no_page_of_it_read_twice(
    count: int, installed_app: AppHarness, alice: Visitor
) -> None:
    many(installed_app, count)
    installed_app.control.forget_journal()
    page = alice.get("/flows")
    assert page.count('<tr id="flow-') == min(count, 50)
    assert f"All {count} On" in words_in(page)
    listings = [
        entry["params"]["start"] for entry in installed_app.control.journal("tasks.flow.Flow.list")
    ]
    assert len(listings) == len(set(map(int, listings)))


@pytest.mark.parametrize("active", [True, False])
def test_switching_sets_and_never_toggles(
    installed_app: AppHarness, alice: Visitor, active: bool
) -> None:
    for _ in range(2):
        answer = alice.send("/flows/101/active", {"active": "1" if active else "0"})
        assert installed_app.flow(101).active is active
    assert ("Turn off" if active else "Turn on") in actions(answer.get_data(as_text=True), 101)


def test_changes_are_undone_by_the_note_of_their_message(
    installed_app: AppHarness, alice: Visitor
) -> None:
    before = replace(installed_app.flow(101))
    form = alice.form("/flows/101/edit")
    form["description"], form["unit"] = "New", "hours"
    note = undo_note(alice.send("/flows/101", form).get_data(as_text=True))
    assert installed_app.flow(101).planned_completion_time == 7200
    alice.send("/flows/101/undo", {"note": note})
    assert replace(installed_app.flow(101), activity=0) == replace(before, activity=0)


def test_nothing_is_undone_by_a_forged_note(installed_app: AppHarness, alice: Visitor) -> None:
    form = alice.form("/flows/101/edit")
    form["description"] = "New"
    note = undo_note(alice.send("/flows/101", form).get_data(as_text=True))
    # In the middle of the signature: some bits of its last letter mean nothing.
    forged = note[:-9] + ("A" if note[-9] != "A" else "B") + note[-8:]
    answer = alice.send("/flows/101/undo", {"note": forged})
    assert "too late" in words_of(answer)
    assert installed_app.flow(101).description == "New"


def test_nothing_is_undone_over_a_newer_change(installed_app: AppHarness, alice: Visitor) -> None:
    form = alice.form("/flows/101/edit")
    form["description"] = "New"
    note = undo_note(alice.send("/flows/101", form).get_data(as_text=True))
    installed_app.flow(101).description = "Newer"
    answer = alice.send("/flows/101/undo", {"note": note})
    assert "nothing was undone" in words_of(answer)
    assert installed_app.flow(101).description == "Newer"


def undo_note(page: str) -> str:
    """The note behind the Undo of a message."""
    found = re.search(r"hx-vals='([^']*note[^']*)'", page)
    assert found
    return str(json.loads(html.unescape(found[1]))["note"])


def test_a_flow_that_is_gone_is_told(alice: Visitor) -> None:
    answer = alice.browser.get("/flows/999/edit", headers=alice.headers)
    assert answer.status_code == 404
    assert "Back to flows" in words_of(answer)


def test_a_project_that_is_not_shown_stays(installed_app: AppHarness) -> None:
    """Vera administers a flow in a project that she cannot see."""
    installed_app.flow(103).group_id = 14
    vera = Visitor(installed_app, installed_app.a, 3)
    page = vera.get("/flows/103/edit")
    assert "A project you can't see (kept as it is)" in html.unescape(page)
    form = sent_by_a_browser(page)
    form["description"] = "New"
    assert vera.send("/flows/103", form).status_code == 200
    assert (installed_app.flow(103).group_id, installed_app.flow(103).description) == (14, "New")


def test_rules_of_automation_are_left_alone(installed_app: AppHarness, alice: Visitor) -> None:
    flow = installed_app.flow(101)
    flow.distribution_type, flow.queue, flow.responsibles = "immutable", [], {"immutable": ["U2"]}
    page = alice.get("/flows/101/edit")
    assert "Managed by automation rules in Bitrix24" in page
    form = sent_by_a_browser(page)
    form["description"] = "New"
    assert alice.send("/flows/101", form).status_code == 200
    flow = installed_app.flow(101)
    assert (flow.distribution_type, flow.responsibles) == ("immutable", {"immutable": ["U2"]})
    assert flow.description == "New"


def test_a_sample_is_a_start(installed_app: AppHarness, alice: Visitor) -> None:
    form = alice.form("/flows/new?like=104")
    assert (form["name"], form["distributionType"]) == (
        "",
        installed_app.flow(104).distribution_type,
    )
    assert [choice.id for choice in form.choices("groupId")] == ["0"]


def test_a_portal_without_a_list_is_told_flows_by_number_or_link(installed_app: AppHarness) -> None:
    anna = Visitor(installed_app, installed_app.b)
    assert "ИТ-поддержка" not in words_of(anna.first)
    for wanted in ("201", "/company/personal/user/1/tasks/flow/?apply_filter=Y&ID_from=201"):
        answer = anna.send("/flows/known", {"flow": wanted})
        assert "ИТ-поддержка" in words_of(answer)
    for unknown in ("", "abc", "999", "-1"):
        answer = anna.send("/flows/known", {"flow": unknown})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.get_data(as_text=True)


def test_suggestions_are_escaped_and_few(installed_app: AppHarness, alice: Visitor) -> None:
    installed_app.a.users[2].name = "<b>Boris</b>"
    assert "<b>" not in alice.get("/pick/members?q=Boris&kind=himself")
    assert alice.get("/pick/members?q=&everyone=1").count('role="option"') <= 1 + 7 + 14
    people = alice.get("/pick/members?q=&only=user")
    assert "Olga West" not in people
    assert "department" not in people


def test_an_action_is_reported_even_if_the_list_cannot_be_had(
    installed_app: AppHarness, alice: Visitor
) -> None:
    form = alice.form("/flows/new")
    installed_app.control.fail("tasks.flow.Flow.list", "QUERY_LIMIT_EXCEEDED", times=50)
    page = alice.send("/flows", form).get_data(as_text=True)
    installed_app.control.heal()
    made = next(flow.id for flow in installed_app.a.flows.values() if flow.name == form["name"])
    assert "“Office supplies” was created." in words_in(row(page, made))
    # The other rows are those of before.
    assert "IT help desk" in row(page, 101)
    assert re.search(r"As of [^;]+; Bitrix24 is busy", words_in(page))
    assert "Try again" in words_in(page)
