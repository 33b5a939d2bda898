"""A form as it is drawn: told in words, and sent back by a browser as it was shown."""

from __future__ import annotations

import re
from typing import Any

import flask
import pytest
from flask_babel import Babel
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bx24app.web.flows.form import SECONDS, Choice
from bx24app.web.flows.form_page import words_of_the_form
from bx24app.web.flows.form_values import parse_form, parse_sent
from bx24app.web.flows.text import notes, sentences
from tests.support.app_harness import AppHarness
from tests.support.browser_form import sent_by_a_browser
from tests.support.filled_form import FLOW, filled, picked
from tests.support.visitor import Visitor


def test_the_form_is_told_in_words(page: flask.Flask) -> None:
    with page.test_request_context():
        told = sentences(parse_sent(filled()))
    assert told == [
        "Everyone in the company can add tasks.",
        "Tasks go in turn to user “2” <&> and user “3” <&>.",
        "Each task is due 2 days after it was added; weekends and holidays don't count.",
        "The assignee is reminded halfway to the deadline.",
        "A finished task goes back to its creator for approval.",
        "user “1” <&> is notified when more than 20 tasks are pending or efficiency is below 80%.",
    ]


def test_what_is_odd_is_noted(page: flask.Flask) -> None:
    form = picked(filled(), "queue", Choice("user", "5", "Olga", "dismissed"))
    picked(form, "groupId", Choice("project", "0", "New"))
    with page.test_request_context():
        assert len(notes(parse_form(form))) == 2


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
numbers = st.integers(1, 10**6)
pairs = st.lists(
    st.tuples(
        st.sampled_from(["user", "department", "project", "structure-node"]),
        st.one_of(numbers.map(str), numbers.map(lambda number: f"{number}:F")),
    ).map(list),
    max_size=4,
)
limits = st.one_of(st.none(), st.integers(1, 99_999))
flows = st.fixed_dictionaries(
    {
        "name": text,
        "description": text,
        "ownerId": st.integers(0, 10**6),
        "groupId": st.integers(0, 10**6),
        "templateId": st.integers(0, 10**6),
        "plannedCompletionTime": st.integers(0, 2_145_398_400),
        "distributionType": st.sampled_from(["queue", "manually", "himself", "immutable"]),
        "responsibleList": pairs,
        "taskCreators": pairs,
        "responsibleCanChangeDeadline": st.booleans(),
        "matchWorkTime": st.booleans(),
        "matchSchedule": st.booleans(),
        "taskControl": st.booleans(),
        "notifyAtHalfTime": st.booleans(),
        "notifyOnQueueOverflow": limits,
        "notifyOnTasksInProgressOverflow": limits,
        "notifyWhenEfficiencyDecreases": st.one_of(st.none(), st.integers(1, 100)),
    }
)


@given(flow=flows)
@example(flow=FLOW | {"description": "\n\r\nlate start", "name": " two\nlines "})
@example(flow=FLOW | {"plannedCompletionTime": 3601, "taskCreators": [["structure-node", "7:F"]]})
@example(flow=FLOW | {"matchWorkTime": False, "plannedCompletionTime": 3600})
@settings(max_examples=60, deadline=None)
def test_a_form_sent_back_untouched_changes_nothing(
    page: flask.Flask, flow: dict[str, Any]
) -> None:
    """Whatever the portal holds: it goes through the real page and a browser's reading of it."""
    form = filled(flow)
    with page.test_request_context():
        html = flask.render_template(
            "form.html", **words_of_the_form() | page.config["DRAWN"], form=form
        )
    assert parse_sent(sent_by_a_browser(html)).changes() == {}


@pytest.fixture(scope="module")
def page() -> flask.Flask:
    """The pages' templates, without an application behind them."""
    app = flask.Flask("bx24app", template_folder="web/templates", static_folder="web/static")
    Babel(app)
    for rule in (
        "flow_list.list_flows",
        "flow_form.save",
        "flow_form.create",
        "flow_form.name",
        "flow_form.sentences_of_form",
        "about.help_page",
    ):
        app.add_url_rule(f"/{rule}/<flow_id>", rule, build_only=True)
        app.add_url_rule(f"/{rule}", rule, build_only=True)
    for rule in ("members", "projects", "template"):
        app.add_url_rule(f"/pick/{rule}", f"picker.{rule}", build_only=True)
    units = [(unit, unit) for unit in SECONDS]
    app.config["DRAWN"] = {
        "layout": "fragment.html", "flow_id": 5, "units": units, "errors": {}, "states": {},
    }  # fmt: skip
    return app


def test_a_queue_says_that_it_does_not_follow_its_departments(installed_app: AppHarness) -> None:
    page = Visitor(installed_app, installed_app.a).get("/flows/new")

    hint = "it does not follow later changes."
    assert re.search(rf'<p class="hint" data-when="queue">[^<]*{hint}</p>', page)
