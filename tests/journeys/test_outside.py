"""What somebody finds who comes without a portal: checkers, probes, people who are curious."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bx24app.store import schema
from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness, words_of


@pytest.fixture
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointHarness]:
    """The application with a PostgreSQL that is not there."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    with EndpointHarness.open_empty(
        f"postgresql+psycopg://nobody@/none?host={nowhere}"
    ) as endpoints:
        yield endpoints


@pytest.mark.parametrize("path", ["/", "/install"])
def test_the_cabinets_check_and_a_curious_person_are_welcome(
    endpoints: EndpointHarness, path: str
) -> None:
    checked, read = endpoints.browser.head(path), endpoints.browser.get(path)
    assert (checked.status_code, checked.get_data()) == (200, b"")
    assert read.status_code == 200
    assert "Open this app from the left menu of your Bitrix24" in words_of(read)


@pytest.mark.parametrize(
    ("accepted", "shown"), [("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("de", "en"), ("", "en")]
)
def test_without_a_portal_the_browser_says_the_language(
    endpoints: EndpointHarness, accepted: str, shown: str
) -> None:
    page = endpoints.browser.get("/", headers={"Accept-Language": accepted}).get_data(as_text=True)
    assert f'<html lang="{shown}">' in page


@pytest.mark.parametrize("path", ["/nowhere", "/flow", "/index.php", "/.env", "/flows/-1/edit"])
def test_a_page_that_is_not_there_says_so(endpoints: EndpointHarness, path: str) -> None:
    answer = endpoints.browser.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "Page not found" in words_of(answer)


@pytest.mark.parametrize(
    ("verb", "path", "allowed"),
    [("GET", "/events", "POST"), ("PUT", "/", "GET"), ("GET", "/session", "POST")],
)
def test_a_wrong_verb_is_told_the_right_one(
    endpoints: EndpointHarness, verb: str, path: str, allowed: str
) -> None:
    answer = endpoints.browser.open(path, method=verb)
    assert answer.status_code == 405
    assert allowed in answer.headers["Allow"]


def test_the_process_lives_and_is_ready(endpoints: EndpointHarness) -> None:
    for path in ("/healthz", "/readyz"):
        answer = endpoints.browser.get(path)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_it_is_not_ready_before_the_schema_is_current(sqlite: Sqlite) -> None:
    for url in (sqlite.empty(), downgraded(sqlite)):
        with EndpointHarness.open_empty(url) as endpoints:
            assert endpoints.browser.get("/healthz").status_code == 200
            answer = endpoints.browser.get("/readyz")
            assert answer.status_code == 503
            assert answer.json["problem"] == "the schema is not current"


def downgraded(sqlite: Sqlite) -> str:
    """The URL of a database that was taken back to the beginning."""
    url = sqlite.migrated()
    schema.downgrade(url)
    return url


def test_it_is_not_ready_without_its_database(shut: EndpointHarness) -> None:
    assert shut.browser.get("/healthz").status_code == 200
    answer = shut.browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["problem"] == "the database does not answer"


def test_without_its_database_every_door_answers_in_words(shut: EndpointHarness) -> None:
    shut.control.install(shut.a.host)
    answers = [
        shut.frame("/install", shut.a),
        shut.frame("/", shut.a),
        shut.event(shut.a, "ONTASKADD"),
        shut.browser.get("/metrics"),
        shut.browser.get("/connect?domain=localhost:8900"),
        shut.browser.get("/api/v1/portals", headers={"Authorization": "Bearer bx24_x"}),
    ]
    assert [answer.status_code for answer in answers] == [503] * len(answers)
    for answer in answers:
        assert "Traceback" not in answer.get_data(as_text=True)
        assert "psycopg" not in answer.get_data(as_text=True)
        assert "Content-Security-Policy" in answer.headers


def test_metrics_count_and_name_nobody(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.frame("/", installed_endpoints.a, 3)
    installed_endpoints.container.journal.flush()
    answer = installed_endpoints.browser.get("/metrics")
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    text = answer.get_data(as_text=True)
    assert 'bx24app_portals{status="active"} 2.0' in text
    for name in ("localhost", installed_endpoints.a.member_id, "Vera"):
        assert name not in text
