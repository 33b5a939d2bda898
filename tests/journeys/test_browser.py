"""The whole way of a flow in the browser, in English and in Russian: from install to delete."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser_harness import EVERYTHING_FITS, AppWindow, BrowserHarness

pytestmark = pytest.mark.browser


PEOPLE = {
    "en": {"second": "Boris", "third": "Vera", "project": "Website", "department": "Sales"},
    "ru": {"second": "Борис", "third": "Вера", "project": "Сайт", "department": "Продажи"},
}


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_whole_way_of_a_flow(
    served_app: BrowserHarness, browser: Browser, language: str
) -> None:
    with served_app.window(browser, language) as window:
        say, there = window.say, PEOPLE[language]
        window.install()
        expect(window.app.get_by_role("heading", name=say("Flows"), exact=True)).to_have_count(1)
        assert window.overflow() == EVERYTHING_FITS

        window.app.get_by_role("button", name=say("New flow"), exact=True).first.click()
        create_with_every_field(window, there)
        expect(window.app.locator("#status")).to_contain_text(
            say("“%(name)s” was created.", name="Office supplies")
        )
        assert window.overflow() == EVERYTHING_FITS
        flow = window.flow("Office supplies")
        assert vars(flow) | {"activity": 0} == expected(flow.id)

        window.row("Office supplies").get_by_role("button", name=say("Edit"), exact=True).click()
        assert window.overflow() == EVERYTHING_FITS
        window.app.get_by_label(say("Planned completion time"), exact=True).fill("3")
        window.app.get_by_role("button", name=say("Save changes"), exact=True).click()
        expect(window.app.locator("#status")).to_contain_text(
            say("Changes to “%(name)s” are saved.", name="Office supplies")
        )
        assert vars(window.flow("Office supplies")) | {"activity": 0} == expected(
            flow.id, planned_completion_time=3 * 86_400
        )

        window.row("Office supplies").get_by_role(
            "button", name=say("Turn off"), exact=True
        ).click()
        row = window.row("Office supplies")
        expect(row.get_by_role("button", name=say("Turn on"), exact=True)).to_be_visible()
        assert window.flow("Office supplies").active is False

        row.get_by_role("button", name=say("More actions"), exact=True).click()
        row.get_by_role("button", name=say("Delete"), exact=True).click()
        window.app.get_by_role("button", name=say("Delete flow"), exact=True).click()
        expect(window.app.locator("#status")).to_contain_text(
            say("“%(name)s” was deleted.", name="Office supplies")
        )
        assert flow.id not in window.portal.flows
        assert window.refusals == []


def create_with_every_field(window: AppWindow, there: dict[str, str]) -> None:
    """Fill in every field of the form differently from its default, and send it."""
    app, say = window.app, window.say
    app.get_by_label(say("Name"), exact=True).fill("Office supplies")
    expect(app.get_by_text(say("Name is free"))).to_be_visible()
    app.get_by_label(say("Description"), exact=True).fill("Pens & <paper>\nand more")
    app.get_by_role(
        "button", name=say("Remove the group “%(name)s”", name=say("All employees"))
    ).click()
    creators = say("Users allowed to add tasks to the flow")
    window.pick(
        creators,
        there["department"][:4],
        say("%(name)s only", name=there["department"]),
    )
    window.pick(creators, there["third"], there["third"])
    app.get_by_label(say("Planned completion time"), exact=True).fill("2")
    app.get_by_label(say("Unit"), exact=True).select_option("days")
    app.get_by_label(say("Skip holidays and weekends"), exact=True).uncheck()
    app.get_by_label(say("Self-assign tasks"), exact=True).check()
    window.pick(say("Flow team"), there["second"], there["second"])
    window.pick(
        say("Flow team"),
        there["department"][:4],
        say("%(name)s and its departments", name=there["department"]),
    )
    app.get_by_label(say("Assignee can change deadline"), exact=True).check()
    app.get_by_label(say("Enable halfway point alert"), exact=True).uncheck()
    app.get_by_label(say("Submit task to creator for approval"), exact=True).uncheck()
    window.pick(say("Associate tasks with project"), there["project"], there["project"])
    app.get_by_label(say("Task template"), exact=True).fill("21")
    expect(app.locator("#template .free")).to_be_visible()
    window.pick(say("Flow administrator"), there["second"], there["second"])
    app.get_by_label(say("Notify if number of pending tasks exceeds"), exact=True).fill("11")
    app.get_by_label(say("Notify if number of tasks in progress exceeds"), exact=True).fill("12")
    app.get_by_label(say("Efficiency alert"), exact=True).uncheck()
    assert window.overflow() == EVERYTHING_FITS
    app.get_by_role("button", name=say("Create flow"), exact=True).click()


def expected(flow_id: int, **changes: object) -> dict[str, object]:
    """The flow that `create_with_every_field` makes, as the portal holds it."""
    return {
        "id": flow_id,
        "name": "Office supplies",
        "creator_id": 1,
        "owner_id": 2,
        "group_id": 10,
        "template_id": 21,
        "planned_completion_time": 2 * 86_400,
        "distribution_type": "himself",
        "activity": 0,
        "description": "Pens & <paper>\nand more",
        "efficiency": 100,
        "active": True,
        "demo": False,
        "responsible_can_change_deadline": True,
        "match_work_time": False,
        "match_schedule": False,
        "task_control": False,
        "notify_at_half_time": False,
        "notify_on_queue_overflow": 11,
        "notify_on_tasks_in_progress_overflow": 12,
        "notify_when_efficiency_decreases": None,
        "moderator_id": 0,
        "queue": [],
        "responsibles": {"himself": ["U2", "DR2"]},
        "task_creators": ["D2", "U3"],
        "later": {},
    } | changes
