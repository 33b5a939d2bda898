"""A portal that granted only the right to work with tasks: everything works, with fewer names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.app_harness import AppHarness
from tests.support.endpoint_harness import session_of
from tests.support.samples import LEAST, WHOLE
from tests.support.visitor import Visitor


@pytest.fixture
def frugal(sqlite_url: str) -> Iterator[AppHarness]:
    """A home whose portals granted `task` alone."""
    with AppHarness.open(sqlite_url) as installed_app:
        installed_app.world.app.scope = ("task",)
        yield installed_app


def test_the_installation_says_what_will_be_missing(frugal: AppHarness) -> None:
    page = frugal.install(frugal.a).get_data(as_text=True)

    assert "user_brief, department, sonet_group" in page


def test_people_see_the_list_and_the_form(frugal: AppHarness) -> None:
    frugal.install(frugal.a)
    visitor = Visitor(frugal, frugal.a)

    assert frugal.flow(101).name in visitor.first.get_data(as_text=True)
    assert session_of(visitor.first)
    shown = visitor.form("/flows/103/edit")
    named = [
        choice
        for field in ("taskCreators", "himself", "ownerId")
        for choice in shown.choices(field)
    ]
    assert {choice.state for choice in named if choice.type != "meta-user"} == {"hidden"}


@pytest.mark.promise("a portal that grants fewer rights is served with fewer names")
def test_a_flow_is_made_and_changed_in_the_form(frugal: AppHarness) -> None:
    frugal.install(frugal.a)
    visitor = Visitor(frugal, frugal.a)

    assert visitor.send("/flows", visitor.form("/flows/new")).status_code == 200
    before = frugal.flow(103)
    form = visitor.form("/flows/103/edit")
    form["description"] = "Only this is new"
    assert visitor.send("/flows/103", form).status_code == 200

    assert frugal.flow(103) == replace(before, description="Only this is new")


@pytest.mark.promise("a portal that grants fewer rights is served with fewer names")
def test_a_program_makes_and_changes_flows(frugal: AppHarness) -> None:
    frugal.install(frugal.a)
    api = frugal.program(frugal.a)

    assert api.post(WHOLE).status_code == 201
    assert api.put(LEAST).status_code == 201
    assert api.put(LEAST | {"description": "Later"}).status_code == 200
    assert api.get().status_code == 200


@pytest.mark.parametrize(
    ("search", "withheld"),
    [
        ("members?q=bo&kind=himself", ["people", "departments"]),
        ("members?q=bo&only=user", ["people"]),
        ("projects?q=web", ["projects"]),
    ],
)
def test_a_search_says_why_it_finds_nothing(
    search: str, withheld: list[str], frugal: AppHarness
) -> None:
    frugal.install(frugal.a)

    found = Visitor(frugal, frugal.a).get(f"/pick/{search}")

    assert [kind for kind in ("people", "departments", "projects") if f"show {kind}" in found] == (
        withheld
    )
    assert "Nothing found" not in found


def test_a_search_says_nothing_of_the_kind_where_all_was_granted(installed_app: AppHarness) -> None:
    found = Visitor(installed_app, installed_app.a).get("/pick/members?q=nobody-is-called-that")

    assert "Nothing found" in found
    assert "rights" not in found
