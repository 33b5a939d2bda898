"""What the columns of the list say of tasks and efficiency, and what they do not claim."""

from __future__ import annotations

import html
import re

import pytest

from tests.emulator.entities import Task
from tests.support.app_harness import AppHarness
from tests.support.visitor import Visitor

USED, UNUSED = 101, 103


@pytest.fixture
def alice(installed_app: AppHarness) -> Visitor:
    """The administrator of portal A, two of whose flows are at 100 percent; one has no task."""
    installed_app.flow(USED).efficiency = installed_app.flow(UNUSED).efficiency = 100
    installed_app.a.tasks = {
        number: Task(number, "Task", 1, 2, flow_id=USED, status=status)
        for number, status in enumerate((2, 2, 3, 5), start=1)
    }
    return Visitor(installed_app, installed_app.a)


def details(visitor: Visitor) -> dict[str, str]:
    """What the page learns of its rows once it is shown, by the id of each part."""
    page = visitor.get("/flows")
    version = re.search(r'id="version" value="(\w+)"', page)
    assert version
    parts = visitor.get(f"/flows/details?ids={USED},{UNUSED}&version={version[1]}")
    found = re.findall(r'<span id="([a-z]+-\d+)" hx-swap-oob="innerHTML">(.*?)</span>', parts, re.S)
    return {name: html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for name, text in found}


@pytest.mark.reference("tasks of a flow")
@pytest.mark.reference("a flow without tasks")
def test_tasks_are_counted_and_an_unused_flow_is_not_perfect(alice: Visitor) -> None:
    found = details(alice)
    assert (found[f"pending-{USED}"], found[f"progress-{USED}"]) == ("2", "1")
    assert (found[f"pending-{UNUSED}"], found[f"progress-{UNUSED}"]) == ("0", "0")
    assert found[f"efficiency-{USED}"] == "100%"
    assert found[f"efficiency-{UNUSED}"] == "–"


@pytest.mark.reference("tasks of a flow")
def test_a_portal_that_does_not_filter_by_flow_is_not_believed(
    installed_app: AppHarness, alice: Visitor
) -> None:
    other = {"tasks": [{"id": "1", "flowId": "999", "status": "2"}]}
    installed_app.control.answer("tasks.task.list", other, times=100)
    found = details(alice)
    for name in ("pending", "progress", "efficiency"):
        assert found[f"{name}-{USED}"] == found[f"{name}-{UNUSED}"] == "–"
    # Where nothing is told of any flow, two columns would be empty.
    assert ">Pending<" not in alice.get("/flows?sort=pending").partition("<tbody")[0]


@pytest.mark.parametrize(("amount", "unit"), [("48", "hours"), ("2", "days")])
def test_a_time_is_shown_as_it_was_entered(amount: str, unit: str, alice: Visitor) -> None:
    form = alice.form("/flows/new")
    form["plannedCompletionTime"], form["unit"] = amount, unit
    said = f"{amount} {unit}"
    page = alice.send("/flows", form).get_data(as_text=True)
    number = re.search(r'<tr id="flow-(\d+)"[^>]*fresh', page)
    assert number
    shown = page.split(f'id="due-{number[1]}">')[1].split("<")[0]
    assert shown == said
    assert f"due {said} after" in alice.get(f"/flows/{number[1]}")
    edited = alice.form(f"/flows/{number[1]}/edit")
    assert (edited["plannedCompletionTime"], edited["unit"]) == (amount, unit)


def test_a_long_name_is_clamped_and_told_whole(installed_app: AppHarness, alice: Visitor) -> None:
    name = installed_app.flow(USED).name = "Everything that has to be bought " * 7
    page = alice.get("/flows")
    assert f'title="{name.strip()}' in page
    assert f'<span class="clamp">{name.strip()}' in page


def test_a_task_is_created_in_the_form_of_bitrix24(alice: Visitor) -> None:
    row = alice.get("/flows").split(f'<tr id="flow-{USED}"')[1].split("</tr>")[0]
    assert f"/company/personal/user/1/tasks/task/edit/0/?FLOW_ID={USED}" in row
    assert "/workgroups/group/10/" in row
    assert "/company/personal/user/1/" in row
