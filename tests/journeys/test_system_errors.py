"""What a portal answers instead of a result: what a person reads, and what the log knows."""

from __future__ import annotations

import html
import logging
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bx24app.web import errors
from bx24app.web.errors import TITLES
from tests.support.app_harness import AppHarness
from tests.unit.web.api.test_errors import ALWAYS, SYSTEM

CATALOGUE = Path(errors.__file__).parent / "translations/ru/LC_MESSAGES/messages.po"


@pytest.fixture(scope="module")
def russian() -> dict[str, str]:
    """The titles of errors in Russian."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="ru")
    return {title: str(catalogue.get(title).string) for title in TITLES.values()}


AT_LAUNCH = [
    # The launch was proven a moment ago, so what the portal alone says is a suspicion.
    (error, 502, "portal_unreachable") if code == "portal_gone" else (error, status, code)
    for error, status, code in SYSTEM
]


@pytest.mark.promise("every system error has its page in both languages")
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(("error", "status", "code"), AT_LAUNCH)
def test_a_person_reads_what_happened(
    error: str,
    status: int,
    code: str,
    language: str,
    installed_app: AppHarness,
    russian: dict[str, str],
) -> None:
    installed_app.control.fail("batch", error, ALWAYS)
    answer = installed_app.launch(installed_app.a if language == "en" else installed_app.b)
    page = html.unescape(answer.get_data(as_text=True))
    title = TITLES[code] if language == "en" else russian[TITLES[code]]
    assert answer.status_code == status
    assert f'<html lang="{language}"' in page
    assert f">{title}</h1>" in page


@pytest.mark.promise("every system error has its page in both languages")
@pytest.mark.parametrize(("error", "status", "code"), AT_LAUNCH)
def test_the_log_knows_what_happened(
    error: str, status: int, code: str, installed_app: AppHarness, caplog: pytest.LogCaptureFixture
) -> None:
    installed_app.control.fail("batch", error, ALWAYS)
    with caplog.at_level(logging.INFO):
        installed_app.launch(installed_app.a)
    heard = {
        (record.portal, record.error) for record in caplog.records if record.message == "exchange"
    }
    refused = {
        (record.error, record.status) for record in caplog.records if record.message == "refused"
    }
    assert (installed_app.a.member_id, error) in heard
    assert refused == {(code, status)}
