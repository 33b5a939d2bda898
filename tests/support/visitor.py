"""Somebody in front of the pages in tests, without a browser: what the pages' script would send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.test import TestResponse

from bx24app.web.flows.form import Choice, Form
from tests.emulator.entities import Portal
from tests.support.app_harness import AppHarness
from tests.support.browser_form import sent_by_a_browser
from tests.support.endpoint_harness import session_of


class Visitor:
    """A person with the application open, who fetches pages and sends forms."""

    def __init__(self, harness: AppHarness, portal: Portal, user_id: int = 1) -> None:
        """Open the application as somebody of a portal."""
        self.browser = harness.browser
        self.first = harness.launch(portal, user_id)
        self.headers = {"HX-Request": "true", "X-Session": session_of(self.first)}

    def get(self, path: str) -> str:
        """A part of a page."""
        return self.browser.get(path, headers=self.headers).get_data(as_text=True)

    def form(self, path: str) -> Form:
        """The form of a page, filled in with what makes a flow."""
        form = sent_by_a_browser(self.get(path))
        if path == "/flows/new":
            form["name"], form["plannedCompletionTime"] = "Office supplies", "2"
            form.pick("queue", [Choice("user", "2", "Boris Lee")])
        return form

    def send(self, path: str, form: Mapping[str, Any]) -> TestResponse:
        """Send a form."""
        return self.browser.post(path, data=form, headers=self.headers)
