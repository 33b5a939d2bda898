"""Plans, history and blueprints as an administrator of a portal uses them."""

from __future__ import annotations

import html
import re
import time

import pytest
from werkzeug.test import TestResponse

from tests.support.endpoint_harness import EndpointHarness, session_of, words_of

NEW = """schema: 1
flows:
  repairs:
    name: Repairs
    plannedCompletionTime: 4h
    distributionType: queue
    responsibleList: [{user: Boris Lee}]
"""
UNKNOWN = NEW.replace("Boris Lee", "Nobody Known")
PAGES = ("/plans", "/history", "/blueprints", "/blueprints/edit")


class Visit:
    """A person of portal A with the pages open."""

    def __init__(self, endpoints: EndpointHarness, user_id: int = 1) -> None:
        """They open the application."""
        self.endpoints = endpoints
        self.first = endpoints.frame("/", endpoints.a, user_id)
        self.headers = {"X-Session": session_of(self.first), "HX-Request": "true"}

    def get(self, path: str) -> TestResponse:
        return self.endpoints.browser.get(path, headers=self.headers)

    def post(self, path: str, **form: object) -> TestResponse:
        return self.endpoints.browser.post(path, data=form, headers=self.headers)

    def plan(self, document: str, **more: object) -> tuple[int, TestResponse]:
        """Plan a document: the plan's number and its page."""
        page = self.post("/blueprints/plan", document=document, **more)
        found = re.search(r"/plans/(\d+)/apply", page.text)
        return int(found[1]) if found else 0, page

    def apply(self, number: int, page: TestResponse, **more: object) -> TestResponse:
        """Press Apply, and wait for the end."""
        digest = re.search(r'name="digest" value="(\w+)"', page.text)
        assert digest
        page = self.post(f"/plans/{number}/apply", digest=digest[1], **more)
        end = time.monotonic() + 20
        while 'id="under-way"' in page.text and time.monotonic() < end:
            time.sleep(0.05)
            page = self.get(f"/plans/{number}")
        return page


@pytest.fixture
def alice(installed_endpoints: EndpointHarness) -> Visit:
    """An administrator."""
    return Visit(installed_endpoints)


def test_the_tabs_are_there_for_administrators_only(installed_endpoints: EndpointHarness) -> None:
    for user_id, is_drawn in ((1, True), (3, False)):
        page = Visit(installed_endpoints, user_id).first
        for name in ("Blueprints", "Plans", "History"):
            assert (f">{name}</button>" in page.text) is is_drawn


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_may_open_them(installed_endpoints: EndpointHarness, path: str) -> None:
    answer = Visit(installed_endpoints, 3).get(path)
    assert answer.status_code == 403
    assert "Only administrators" in words_of(answer)


def test_a_document_is_planned_applied_and_undone(alice: Visit) -> None:
    portal = alice.endpoints.a
    before = set(portal.flows)
    number, page = alice.plan(NEW)
    assert "create 1 flow" in words_of(page)
    assert "Planned completion time: 4 hours" in words_of(page)
    assert set(portal.flows) == before

    done = alice.apply(number, page)
    assert "Applied" in words_of(done)
    (new,) = set(portal.flows) - before
    assert portal.flows[new].name == "Repairs"

    undo = alice.post(f"/plans/{number}/undo")
    assert "turn 1 flow on or off" in words_of(undo)
    found = re.search(r"/plans/(\d+)/apply", undo.text)
    assert found
    alice.apply(int(found[1]), undo)
    assert portal.flows[new].active is False

    listed = words_of(alice.get("/plans"))
    assert "Plan 2" in listed
    assert "Alice Carter" in listed


def test_a_plan_that_was_changed_meanwhile_is_not_applied(alice: Visit) -> None:
    number, _ = alice.plan(NEW)
    page = alice.post(f"/plans/{number}/apply", digest="other")
    assert "The plan is another one by now" in words_of(page)


def test_what_is_unsafe_is_ticked_first(alice: Visit) -> None:
    document = NEW.replace("{user: Boris Lee}", "{department: Northwind}, {user: Boris Lee}")
    number, page = alice.plan(document)
    assert 'name="accept" value="queue_overlap"' in page.text
    refused = alice.apply(number, page)
    assert "Tick what you agree to first" in words_of(refused)
    assert "Applied" in words_of(alice.apply(number, refused, accept="queue_overlap"))


def test_a_name_that_is_not_known_is_asked_for(alice: Visit) -> None:
    _, page = alice.plan(UNKNOWN)
    assert "Who or what is meant?" in words_of(page)
    assert 'data-list="choice:Nobody Known"' in page.text
    _, page = alice.plan(UNKNOWN, **{"choice:Nobody Known": "2"})
    assert "create 1 flow" in words_of(page)
    # The choice is remembered for this portal.
    _, page = alice.plan(UNKNOWN)
    assert "create 1 flow" in words_of(page)


def test_every_fault_of_a_document_is_shown_with_its_line(alice: Visit) -> None:
    _, page = alice.plan("schema: 1\nflows:\n  a: {plannedCompletionTime: 5}\n  b: {colour: red}\n")
    assert words_of(page).count("Line ") >= 2
    assert "colour: red" in html.unescape(page.text)


def test_a_change_stands_in_the_history_and_is_restored(alice: Visit) -> None:
    portal = alice.endpoints.a
    alice.post("/flows/101/active", active="0")
    assert portal.flows[101].active is False
    page = alice.get("/history")
    assert "IT help desk" in words_of(page)
    alice.post("/flows/101/active", active="1")
    line = re.search(r"/history/(\d+)/restore", page.text)
    assert line
    plan = alice.post(f"/history/{line[1]}/restore")
    assert "turn 1 flow on or off" in words_of(plan)


def test_the_gallery_has_eight_in_both_languages(installed_endpoints: EndpointHarness) -> None:
    page = Visit(installed_endpoints).get("/blueprints")
    assert page.text.count("/blueprints/edit?ready=") == 8
    assert "IT help desk" in words_of(page)
    russian = installed_endpoints.frame("/", installed_endpoints.b)
    headers = {"X-Session": session_of(russian), "HX-Request": "true"}
    text = words_of(installed_endpoints.browser.get("/blueprints", headers=headers))
    assert "ИТ-поддержка" in text


def test_an_own_blueprint_is_kept_opened_and_deleted(alice: Visit) -> None:
    kept = alice.post("/blueprints/keep", document=NEW, slug="repairs")
    assert "“repairs” is kept." in words_of(kept)
    assert "name: Repairs" in alice.get("/blueprints/edit?own=repairs").text
    wrong = alice.post("/blueprints/keep", document=NEW, slug="No Name")
    assert "small letters" in words_of(wrong)
    gone = alice.post("/blueprints/repairs/delete")
    assert "“repairs” was deleted." in words_of(gone)
    assert alice.get("/blueprints/edit?own=repairs").status_code == 404


def test_an_export_applied_to_the_same_portal_changes_nothing(alice: Visit) -> None:
    page = alice.get("/blueprints/edit?export=all")
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert text
    _, plan = alice.plan(html.unescape(text[1]))
    assert "Everything is as it is wanted." in words_of(plan)


def test_one_flow_is_exported_from_its_row(alice: Visit) -> None:
    assert 'hx-get="/blueprints/edit?export=101"' in alice.first.text
    text = html.unescape(alice.get("/blueprints/edit?export=101").text)
    assert "IT help desk" in text
    assert "Content" not in text
    employee = Visit(alice.endpoints, 3)
    assert "export=101" not in employee.first.text
