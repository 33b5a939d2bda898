"""Privacy, licence and help as anybody reads them, in both languages, with and without a vendor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bx24app.store.database import Base
from bx24app.web.about.help_topics import TOPICS
from bx24app.web.about.stored_data import STORED_DATA
from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness, words_of

TEMPLATES = Path(__file__).parents[4] / "bx24app/web/templates"
PAGES = ("/legal/privacy", "/legal/license", "/help")
ENGLISH, RUSSIAN = "Who offers the application", "Кто предлагает приложение"
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@pytest.fixture(scope="module")
def offered(sqlite: Sqlite) -> Iterator[EndpointHarness]:
    """An application whose settings say who offers it."""
    vendor = {"vendor": "Flow <Works> Ltd", "support_email": "help@flow.example"}
    with EndpointHarness.open_empty(
        sqlite.migrated(), support_hours="Mo–Fr 9–17 CET", **vendor
    ) as endpoints:
        yield endpoints


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("query", "accepts", "expected"),
    [
        ("", "", ENGLISH),
        ("", "ru-RU,ru;q=0.9", RUSSIAN),
        ("", "de", ENGLISH),
        ("?lang=en", "ru", ENGLISH),
        ("?lang=ru", "en", RUSSIAN),
        ("?lang=de", "ru", RUSSIAN),
    ],
)
def test_the_address_decides_the_language_then_the_browser(
    offered: EndpointHarness, page: str, query: str, accepts: str, expected: str
) -> None:
    answer = offered.browser.get(page + query, headers={"Accept-Language": accepts})
    assert answer.status_code == 200
    assert expected in words_of(answer)
    assert f'<html lang="{"ru" if expected == RUSSIAN else "en"}">' in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_who_offers_the_application(offered: EndpointHarness, page: str) -> None:
    answer = offered.browser.get(page)
    assert "Flow &lt;Works&gt; Ltd" in answer.text
    assert 'href="mailto:help%40flow.example"' in answer.text
    assert "Mo–Fr 9–17 CET" in answer.text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("language", "words"), [("en", "are missing"), ("ru", "не заданы")])
def test_without_the_settings_every_page_says_so(
    endpoints: EndpointHarness, page: str, language: str, words: str
) -> None:
    text = words_of(endpoints.browser.get(f"{page}?lang={language}"))
    assert "BX24_VENDOR" in text
    assert words in text


def test_without_the_settings_the_service_is_ready(endpoints: EndpointHarness) -> None:
    assert endpoints.browser.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Flow manager"), ("ru", "Управление потоками")]
)
def test_the_licence_names_the_title_of_the_card(
    offered: EndpointHarness, language: str, title: str
) -> None:
    assert title in words_of(offered.browser.get(f"/legal/license?lang={language}"))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_help_answers_ten_questions_and_more(offered: EndpointHarness, language: str) -> None:
    page = offered.browser.get(f"/help?lang={language}").text
    headings = re.findall(r'<h2 id="([a-z]+)">[^<]+\?</h2>', page)
    assert len(set(headings)) >= 10


def test_the_pages_in_english_are_wholly_english(offered: EndpointHarness) -> None:
    for page in PAGES:
        words = words_of(offered.browser.get(f"{page}?lang=en")).replace("Русский", "")
        assert not CYRILLIC.search(words)


def test_the_privacy_page_knows_every_table() -> None:
    named = [table for one in STORED_DATA for table in one.tables]
    assert sorted(named) == sorted(Base.metadata.tables)


@pytest.mark.parametrize(
    "words", ["encrypted", "4 days", "24 hours", "10 minutes", "deleted at once", "Who may see it"]
)
def test_privacy_says_how_long_who_and_how(offered: EndpointHarness, words: str) -> None:
    assert words in words_of(offered.browser.get("/legal/privacy?lang=en"))


def test_the_list_and_the_form_lead_to_help(installed_endpoints: EndpointHarness) -> None:
    page = installed_endpoints.frame("/", installed_endpoints.a)
    assert '<a href="/help?lang=en" target="_blank" rel="noopener">Help</a>' in page.text
    headers = {"X-Session": page.headers["X-Session"]}
    form = installed_endpoints.browser.get("/flows/new", headers=headers).text
    assert '<a href="/help?lang=en" target="_blank" rel="noopener">Help</a>' in form


def test_the_readme_names_the_settings() -> None:
    readme = Path("README.md").read_text(encoding="utf-8")
    assert all(
        name in readme for name in ("BX24_VENDOR", "BX24_SUPPORT_EMAIL", "BX24_SUPPORT_HOURS")
    )


LINK = re.compile(r'help\("(\w+)"\)')


def test_links_to_answers_lead_to_one() -> None:
    # A link with a mistyped name would open the page at its top.
    pages = sorted(TEMPLATES.rglob("*.html"))
    linked = {topic for page in pages for topic in LINK.findall(page.read_text(encoding="utf-8"))}
    assert linked >= {"efficiency", "newcomers", "switched", "off", "create"}
    assert linked <= {topic.name for topic in TOPICS}
