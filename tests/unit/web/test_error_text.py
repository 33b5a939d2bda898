"""What errors say: nothing twice, and “nothing was changed” only to who wanted a change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bx24app.errors import Error
from bx24app.web.errors import TITLES
from tests.support.app_harness import AppHarness
from tests.support.visitor import Visitor

CLAIM = "Nothing was changed."


def kinds(base: type[Error] = Error) -> Iterator[type[Error]]:
    """Every kind of error that the application knows."""
    yield base
    for kind in base.__subclasses__():
        yield from kinds(kind)


@pytest.mark.parametrize("kind", sorted(set(kinds()), key=lambda kind: kind.__qualname__))
def test_a_sentence_does_not_repeat_its_title(kind: type[Error]) -> None:
    title = TITLES.get(kind.code, "")
    assert not title or title.lower() not in kind.message.lower()
    assert "was changed" not in kind.message or kind.code == "flow_changed"


def test_a_program_that_only_looked_is_told_no_more(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.a)
    installed_app.control.fail("*", "ACCESS_ERROR", times=100)
    looked, wanted = api.get(101).json, api.patch(101, {"description": "New"}).json
    assert looked["detail"] == "Bitrix24 does not permit this."
    assert wanted["detail"] == f"Bitrix24 does not permit this. {CLAIM}"


def test_a_person_who_only_looked_is_told_no_more(stored_app: AppHarness) -> None:
    alice = Visitor(stored_app, stored_app.a)
    stored_app.control.fail("*", "ACCESS_ERROR", times=100)
    assert CLAIM not in alice.get("/flows/101")
    alice.headers["HX-Target"] = "flow-101"
    said = alice.send("/flows/101/active", {"active": "0"}).get_data(as_text=True)
    assert CLAIM in said


def test_what_may_have_happened_is_not_denied(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.a)
    installed_app.control.lose("tasks.flow.Flow.delete", times=9)
    answer = api.delete(101).json
    assert CLAIM not in (answer or {}).get("detail", "")


def test_a_refusal_in_a_row_has_the_words_of_the_portal(stored_app: AppHarness) -> None:
    alice = Visitor(stored_app, stored_app.a)
    stored_app.control.fail("tasks.flow.Flow.delete", "0", description="Не сегодня", times=9)
    alice.headers["HX-Target"] = "flow-101-ask"
    answer = alice.send("/flows/101/delete", {}).get_data(as_text=True)
    assert "Не сегодня" in answer
