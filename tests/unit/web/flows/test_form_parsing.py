"""A form is parsed once: what it says is passed on as values."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from bx24app.web.flows.form_values import parse_form
from tests.support.app_harness import AppHarness
from tests.support.samples import LEAST
from tests.support.visitor import Visitor


def test_a_conflict_page_parses_each_form_once(installed_app: AppHarness) -> None:
    """Mine, what was shown, theirs with what it shows, and both together: five, not 97."""
    app = installed_app
    flow_id = app.program(app.a).post(LEAST).json["id"]
    visitor = Visitor(app, app.a)
    form = visitor.form(f"/flows/{flow_id}/edit")
    app.flow(flow_id).description = "Somebody else's"
    form["description"] = "Mine"
    parsed: list[str] = []

    def watch(frame: FrameType, what: str, _: Any) -> None:
        if what == "call" and frame.f_code is parse_form.__code__:
            parsed.append(what)

    sys.setprofile(watch)
    try:
        answer = visitor.send(f"/flows/{flow_id}", form)
    finally:
        sys.setprofile(None)
    assert answer.status_code == 200
    assert 3 <= len(parsed) <= 5
