"""The form starts the portal's one trial of flows only where a person says so."""

from __future__ import annotations

import pytest

from tests.support.app_harness import AppHarness
from tests.support.visitor import Visitor


@pytest.mark.reference("the trial of flows")
def test_the_form_asks_before_the_trial_starts(installed_app: AppHarness) -> None:
    app = installed_app
    app.control.plan(has_flows=False)
    visitor = Visitor(app, app.a)
    form = visitor.form("/flows/new")
    form["name"], form["plannedCompletionTime"] = "Trying flows out", "2"
    form["queue"] = '["user", "3", "Carol"]'

    asked = visitor.send("/flows", form)

    assert asked.status_code == 200
    assert "This would start the trial of flows" in asked.get_data(as_text=True)
    assert app.writes() == []

    form["allowTrial"] = "1"
    assert visitor.send("/flows", form).status_code == 200
    assert [flow.name for flow in app.a.flows.values()].count("Trying flows out") == 1
