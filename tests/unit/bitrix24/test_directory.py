"""Whatever promises everybody reads all pages, whatever the portal says of their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bx24app.bitrix24.directory import Directory
from tests.emulator.entities import Department, User
from tests.support.app_harness import AppHarness

CROWD = 900
"""A department that nobody else works in."""


def directory(installed_app: AppHarness) -> Directory:
    """What the installer may see of portal A."""
    portal = installed_app.container.portals.find(installed_app.a.member_id)
    return installed_app.container.access.as_installer(portal).directory


def fill(installed_app: AppHarness, people: int) -> list[str]:
    """Let so many people work in the department; gives their numbers."""
    installed_app.a.departments[CROWD] = Department(CROWD, "Crowd", parent=1)
    numbers = range(2000, 2000 + people)
    for number in numbers:
        installed_app.a.users[number] = User(number, f"N{number}", "Crowd", departments=(CROWD,))
    return [str(number) for number in numbers]


def with_total(total: Any) -> Callable[[Any], Any]:
    """A batch whose answers name another total."""

    def change(answer: Any) -> Any:
        return answer | {"result_total": dict.fromkeys(answer["result"], total)}

    return change


@pytest.mark.parametrize("people", [0, 1, 49, 50, 51, 73, 100, 124, 150, 1301])
def test_a_department_is_read_to_its_end(people: int, installed_app: AppHarness) -> None:
    expected = fill(installed_app, people)
    found = directory(installed_app).members(f"{CROWD}:F")
    assert ([entry.id for entry in found], found.more) == (expected, set())


@pytest.mark.parametrize("total", [300_000_000, 10**30, -1, 0, None, "many", [], {"total": 5}])
@pytest.mark.parametrize("people", [73, 124])
def test_a_total_is_only_a_hint(total: Any, people: int, installed_app: AppHarness) -> None:
    expected = fill(installed_app, people)
    installed_app.control.answer("batch", with_total(total), 50)
    installed_app.control.forget_journal()
    found = directory(installed_app).members(f"{CROWD}:F")
    assert ([entry.id for entry in found], found.more) == (expected, set())
    assert len(installed_app.control.journal("user.get")) < 30


@pytest.mark.parametrize("total", [300_000_000, "300000000"])
def test_departments_are_found_whatever_their_number_is_said_to_be(
    total: Any, installed_app: AppHarness
) -> None:
    fill(installed_app, 1)
    for number in range(901, 1010):
        installed_app.a.departments[number] = Department(number, f"Crowd {number}", parent=1)
    installed_app.control.answer("batch", with_total(total), 50)
    found = directory(installed_app).search("Crowd 1009", {"department"})
    assert [(entry.id, entry.name) for entry in found] == [("1009", "Crowd 1009")]
    assert found.more == set()


def test_a_portal_that_repeats_its_first_page_is_told_to_have_more(
    installed_app: AppHarness,
) -> None:
    expected = fill(installed_app, 50)
    page = [{"ID": number, "NAME": "N", "ACTIVE": True} for number in expected]
    installed_app.control.answer("user.get", page, 10_000)
    found = directory(installed_app).members(f"{CROWD}:F")
    assert ([entry.id for entry in found], found.more) == (expected, {"user"})
    assert len(installed_app.control.journal("user.get")) < 60
