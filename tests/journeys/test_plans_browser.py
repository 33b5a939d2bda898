"""From a document to a plan, applied and undone in the browser, readable by everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser_harness import AppWindow, BrowserHarness, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCUMENT = """schema: 1
flows:
  repairs:
    name: {en: Repairs, ru: Ремонт}
    plannedCompletionTime: 1d
    distributionType: queue
    responsibleList: [{user: {id: 2}}, {user: {id: 3}}]
"""


def press(window: AppWindow, words: str) -> None:
    window.app.get_by_role("button", name=window.say(words), exact=True).first.click()
    window.wait_until_quiet()


def is_readable(window: AppWindow) -> None:
    (frame,) = [
        frame for frame in window.page.frames if window.served_app.world.app_url in frame.url
    ]
    assert violations(frame) == []


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 400)])
def test_a_document_becomes_a_plan_that_is_applied_and_undone(
    served_app: BrowserHarness, browser: Browser, language: str, width: int
) -> None:
    served_app.install(language)
    portal = served_app.portal(language)
    with served_app.window(browser, language, width) as window:
        window.open()
        press(window, "Blueprints")
        is_readable(window)
        press(window, "Write or paste")
        window.app.locator("#document").fill(DOCUMENT)
        is_readable(window)
        press(window, "Show the plan")
        is_readable(window)
        press(window, "Apply")
        expect(
            window.app.get_by_role("button", name=window.say("Undo"), exact=True)
        ).to_be_visible()
        made = [flow for flow in portal.flows.values() if flow.name in ("Repairs", "Ремонт")]
        assert [flow.active for flow in made] == [True]
        press(window, "Undo")
        press(window, "Apply")
        expect(
            window.app.get_by_role("button", name=window.say("Undo"), exact=True)
        ).to_be_visible()
        assert made[0].active is False
        press(window, "Plans")
        is_readable(window)
        press(window, "History")
        is_readable(window)
        expect(window.app.locator(".history > li")).to_have_count(2)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ru", 400)])
def test_chosen_flows_get_another_deadline(
    served_app: BrowserHarness, browser: Browser, language: str, width: int
) -> None:
    portal = served_app.portal(language)
    portal.has_list = True
    served_app.install(language)
    with served_app.window(browser, language, width) as window:
        window.open()
        first, second = window.app.locator("[data-choose]"), window.app.locator("[data-choose-all]")
        expect(window.app.locator("#chosen")).to_be_hidden()
        first.first.check()
        expect(window.app.locator("#chosen-count")).to_contain_text("1")
        window.app.get_by_role("button", name=window.say("Choose none"), exact=True).click()
        expect(window.app.locator("#chosen")).to_be_hidden()
        second.check()
        # What was chosen stays so in another order.
        window.app.locator("#sort-name").click()
        window.wait_until_quiet()
        expect(first.first).to_be_checked()
        is_readable(window)
        press(window, "Change…")
        is_readable(window)
        window.app.locator("#plannedCompletionTime").fill("3")
        person = next(one for one in portal.users.values() if one.id == 9)
        window.pick(window.say("Flow administrator"), person.last_name, person.last_name)
        press(window, "Show the plan")
        is_readable(window)
        press(window, "Apply")
        expect(
            window.app.get_by_role("button", name=window.say("Undo"), exact=True)
        ).to_be_visible()
        changed = [flow for flow in portal.flows.values() if not flow.demo]
        assert {flow.planned_completion_time for flow in changed} == {3 * 86400}
        assert {flow.owner_id for flow in changed} == {9}
        press(window, "Flows")
        expect(window.app.locator("#chosen")).to_be_hidden()


@pytest.mark.parametrize(("language", "width"), [("en", 400), ("ru", 1280)])
def test_a_ready_blueprint_asks_for_people_and_makes_several(
    served_app: BrowserHarness, browser: Browser, language: str, width: int
) -> None:
    served_app.install(language)
    portal = served_app.portal(language)
    with served_app.window(browser, language, width) as window:
        window.open()
        press(window, "Blueprints")
        window.app.get_by_role("button", name=window.say("Use")).nth(4).click()
        is_readable(window)
        name = portal.users[2].last_name
        window.pick(window.say("Who does the tasks"), name, name)
        press(window, "Show the plan")
        is_readable(window)
        press(window, "Blueprints")
        window.app.get_by_role("button", name=window.say("Use")).nth(4).click()
        press(window, "Create several…")
        is_readable(window)
        before = set(portal.flows)
        rows = window.app.locator("#rows").input_value().splitlines()
        window.app.locator("#rows").fill("\n".join(rows[:3]))
        press(window, "Show the plan")
        press(window, "Apply")
        expect(
            window.app.get_by_role("button", name=window.say("Undo"), exact=True)
        ).to_be_visible()
        assert len(set(portal.flows) - before) == 2


def test_somebody_leaves_and_a_flow_is_adopted(window: AppWindow) -> None:
    window.open()
    press(window, "Plans")
    press(window, "Somebody leaves…")
    is_readable(window)
    window.app.locator("#leaver").select_option(label="Boris Lee")
    window.app.get_by_label("Who takes over", exact=True).fill("Quinn")
    window.app.locator("#successor-options [role=option]").first.click()
    press(window, "Show the plan")
    expect(window.app.locator(".planned")).to_contain_text("IT help desk")
    press(window, "Flows")
    window.row("IT help desk").get_by_role("button", name="More actions").click()
    window.row("IT help desk").get_by_role("button", name="Details", exact=True).click()
    window.app.get_by_label("Key", exact=True).fill("help-desk")
    press(window, "Adopt")
    is_readable(window)
    expect(window.app.get_by_text("under the key “help-desk”")).to_be_visible()


def test_an_unclear_name_is_searched_for_and_remembered(window: AppWindow) -> None:
    window.open()
    press(window, "Blueprints")
    press(window, "Write or paste")
    unclear = DOCUMENT.replace("{user: {id: 2}}", "{user: Nobody Known}, {department: Nowhere}")
    window.app.locator("#document").fill(unclear.replace("queue", "himself"))
    press(window, "Show the plan")
    is_readable(window)
    window.pick("person “Nobody Known”", "Boris", "Boris Lee")
    window.pick("department “Nowhere”", "Accounting", "Accounting only")
    press(window, "Show the plan")
    expect(window.app.locator(".planned")).to_contain_text("Boris Lee")
    expect(window.app.locator(".planned")).to_contain_text("Accounting")
