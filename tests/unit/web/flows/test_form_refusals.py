"""A form that cannot make a flow: every field, every kind of wrong, and no write to the portal."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from bx24app.web.flows.form import Choice, Form
from tests.support.app_harness import AppHarness
from tests.support.browser_form import sent_by_a_browser
from tests.support.endpoint_harness import words_of
from tests.support.visitor import Visitor

Change = Callable[[Form], object]


@pytest.fixture
def installed_app(shared_app: AppHarness) -> AppHarness:
    """One application for all tests: a refusal changes nothing, which is what they are about."""
    shared_app.control.forget_journal()
    return shared_app


@pytest.fixture(scope="module")
def visitor(shared_app: AppHarness) -> Visitor:
    """Alice, with the application open."""
    return Visitor(shared_app, shared_app.a)


def put(name: str, text: str) -> Change:
    """Type something into an input, or tick a box."""
    return lambda form: form.__setitem__(name, text)


def pick(name: str, *choices: tuple[str, str]) -> Change:
    """Pick people or things, existing or not."""
    return lambda form: form.pick(name, [Choice(kind, number, "?") for kind, number in choices])


def all_of(*changes: Change) -> Change:
    """Several changes."""
    return lambda form: [change(form) for change in changes]


WRONG: dict[str, tuple[Change, str]] = {
    "no name": (put("name", ""), "name"),
    "a blank name": (put("name", "   "), "name"),
    "a long name": (put("name", "x" * 256), "name"),
    "a name with a control character": (put("name", "a\x07b"), "name"),
    "a taken name": (put("name", "Purchases"), "name"),
    "a name of a project": (put("name", "Website"), "name"),
    "a control character": (put("description", "a\x00b"), "description"),
    "an unknown creator": (pick("taskCreators", ("user", "999")), "taskCreators"),
    "an unknown department": (pick("taskCreators", ("department", "99")), "taskCreators"),
    "a crooked department": (pick("taskCreators", ("department", "1:f")), "taskCreators"),
    "an unknown kind": (pick("taskCreators", ("crm-deal", "1")), "taskCreators"),
    "creators half typed": (put("taskCreators.text", "Ann"), "taskCreators"),
    "no duration": (put("plannedCompletionTime", ""), "plannedCompletionTime"),
    "a duration of words": (put("plannedCompletionTime", "two"), "plannedCompletionTime"),
    "a fraction": (put("plannedCompletionTime", "1.5.5"), "plannedCompletionTime"),
    "a negative duration": (put("plannedCompletionTime", "-1"), "plannedCompletionTime"),
    "nought": (put("plannedCompletionTime", "0"), "plannedCompletionTime"),
    "too long": (put("plannedCompletionTime", "99999"), "plannedCompletionTime"),
    "endless": (put("plannedCompletionTime", "9" * 40), "plannedCompletionTime"),
    "nobody": (pick("queue"), "team"),
    "somebody unknown": (pick("queue", ("user", "999")), "team"),
    "everybody": (pick("queue", ("meta-user", "all-users")), "team"),
    "no number": (pick("queue", ("user", "abc")), "team"),
    "team half typed": (put("team.text", "Bor"), "team"),
    "no moderator": (all_of(put("distributionType", "manually"), pick("manually")), "moderator"),
    "two moderators": (
        all_of(put("distributionType", "manually"), pick("manually", ("user", "2"), ("user", "3"))),
        "moderator",
    ),
    "a department as moderator": (
        all_of(put("distributionType", "manually"), pick("manually", ("department", "3"))),
        "moderator",
    ),
    "an unknown project": (pick("groupId", ("project", "999")), "groupId"),
    "an archived project": (pick("groupId", ("project", "12")), "groupId"),
    "no project number": (pick("groupId", ("project", "x")), "groupId"),
    "project half typed": (put("groupId.text", "Web"), "groupId"),
    "an unknown template": (put("templateId", "999"), "templateId"),
    "a template of words": (put("templateId", "Purchase request"), "templateId"),
    "a negative template": (put("templateId", "-1"), "templateId"),
    "no administrator": (pick("ownerId"), "ownerId"),
    "an unknown administrator": (pick("ownerId", ("user", "999")), "ownerId"),
    "administrator half typed": (put("ownerId.text", "Al"), "ownerId"),
    "an alert above 0": (put("notifyOnQueueOverflow", "0"), "notifyOnQueueOverflow"),
    "an alert without a number": (put("notifyOnQueueOverflow", ""), "notifyOnQueueOverflow"),
    "an alert of words": (put("notifyOnQueueOverflow", "many"), "notifyOnQueueOverflow"),
    "too many in progress": (
        put("notifyOnTasksInProgressOverflow", "100000"),
        "notifyOnTasksInProgressOverflow",
    ),
    "more than all": (put("notifyWhenEfficiencyDecreases", "101"), "notifyWhenEfficiencyDecreases"),
}
FORGED: dict[str, tuple[Change, str]] = {
    "an unknown unit": (put("unit", "years"), "plannedCompletionTime"),
    "an unknown distribution": (put("distributionType", "random"), "distributionType"),
    "rules of automation": (
        all_of(put("distributionType", "immutable"), pick("immutable", ("user", "2"))),
        "distributionType",
    ),
}
"""What none of our pages offers."""
FOR_OLD = {name: wrong for name, wrong in WRONG.items() if name != "a name of a project"}
"""A flow may be renamed like a project."""


def fields(answer: TestResponse) -> list[str]:
    """The inputs that the summary of problems leads to."""
    return re.findall(r'data-goto="([^"]+)"', answer.get_data(as_text=True))


@pytest.mark.parametrize(("change", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_new_flow_is_refused(
    installed_app: AppHarness, visitor: Visitor, change: Change, field: str
) -> None:
    form = visitor.form("/flows/new")
    change(form)
    before = copy.deepcopy(installed_app.a.flows)
    answer = visitor.send("/flows", form)
    assert (answer.status_code, fields(answer)) == (200, [field])
    assert installed_app.a.flows == before
    if field not in ("team", "taskCreators", "ownerId"):
        # Only about people, whom it may hide, the portal itself is asked.
        assert installed_app.writes() == []
    page = answer.get_data(as_text=True)
    assert f'id="{field}-error"' in page
    assert kept(sent_by_a_browser(page)) == kept(form)


@pytest.mark.parametrize(("change", "field"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_form_is_refused(
    installed_app: AppHarness, visitor: Visitor, change: Change, field: str
) -> None:
    form = visitor.form("/flows/new")
    change(form)
    answer = visitor.send("/flows", form)
    assert (answer.status_code, installed_app.writes()) == (200, [])
    assert field in fields(answer)


@pytest.mark.parametrize(("change", "field"), FOR_OLD.values(), ids=FOR_OLD.keys())
def test_a_wrong_change_is_refused(
    installed_app: AppHarness, visitor: Visitor, change: Change, field: str
) -> None:
    form = visitor.form("/flows/101/edit")
    change(form)
    before = copy.deepcopy(installed_app.a.flows)
    answer = visitor.send("/flows/101", form)
    assert (answer.status_code, fields(answer)) == (200, [field])
    assert installed_app.a.flows == before
    if field not in ("team", "taskCreators", "ownerId"):
        # Only about people, whom it may hide, the portal itself is asked.
        assert installed_app.writes() == []


def test_everything_wrong_is_told_at_once(installed_app: AppHarness, visitor: Visitor) -> None:
    form = visitor.form("/flows/new")
    for wrong in ("no name", "no duration", "nobody", "a template of words", "no administrator"):
        WRONG[wrong][0](form)
    answer = visitor.send("/flows", form)
    found = ["name", "templateId", "ownerId", "plannedCompletionTime", "team"]
    assert sorted(fields(answer)) == sorted(found)
    assert "5 things need your attention" in words_of(answer)
    assert installed_app.writes() == []


def test_what_the_portal_refuses_is_shown_with_its_words(
    installed_app: AppHarness, visitor: Visitor
) -> None:
    form = visitor.form("/flows/new")
    installed_app.control.plan(installed_app.a.host, has_flows=False, trial_used=True)
    form["allowTrial"] = "1"  # the one trial is over, which only the portal knows
    answer = visitor.send("/flows", form)
    installed_app.control.plan(installed_app.a.host, has_flows=True, trial_used=False)
    assert answer.status_code == 200
    assert "Bitrix24 says:" in words_of(answer)
    assert kept(sent_by_a_browser(answer.get_data(as_text=True))) == kept(form)


def test_without_a_session_there_is_nothing(installed_app: AppHarness) -> None:
    for method, path in (("GET", "/flows"), ("POST", "/flows"), ("GET", "/pick/members")):
        assert installed_app.browser.open(path, method=method).status_code == 401
    assert installed_app.writes() == []


def kept(form: Form) -> dict[str, list[str]]:
    """The inputs as they were typed; line ends and characters no page can hold aside."""
    return {
        name: [value.replace("\x00", "\ufffd").strip() for value in values]
        for name, values in sorted(form.lists())
        if values and name not in ("shown", "base")
    }
