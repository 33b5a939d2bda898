"""The watch over secrets sees what it is there to see."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import requests

from tests.emulator.grants import minted
from tests.support.app_harness import SETTINGS
from tests.support.endpoint_harness import EndpointHarness
from tests.support.secrecy import Watch

TOKEN = minted("4f0c2b6a" + "d7" * 31)
CODE = minted("0c" * 16)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"abc{TOKEN}def",
        CODE,
        f'{{"a": "{CODE}"}}',
        SETTINGS["client_secret"],
        SETTINGS["secret_key"],
        "ec1b2074a9d3f5c81b6e40d27a95cf38",
        f"bx24_{'a' * 43}",
    ],
)
def test_a_secret_anywhere_is_seen(text: str) -> None:
    watch = Watch()
    watch.look("here", f"before {text} after")
    assert watch.leaks == ["here"]


@pytest.mark.parametrize(
    "text", ["", "a" * 31, "f" * 64, "a223c6b3710f85df22e9377d6c4f7553", "bx24_short", TOKEN[:60]]
)
def test_what_is_no_secret_is_passed_by(text: str) -> None:
    watch = Watch()
    watch.look("here", text)
    assert watch.leaks == []


def test_a_log_line_is_seen_as_it_is_written() -> None:
    watch = Watch()
    for message in (f"access_token={TOKEN}", f"the token is {TOKEN}"):
        watch.handle(logging.LogRecord("bx24app.x", 20, "", 1, message, (), None))
    assert len(watch.leaks) == 1


def test_an_answer_is_seen_and_so_is_an_address(endpoints: EndpointHarness) -> None:
    watch = Watch()
    with endpoints.app.test_request_context("/x"):
        watch.answered(endpoints.app, endpoints.app.response_class(f"<p>{TOKEN}"))
        watch.answered(endpoints.app, endpoints.app.response_class("", headers={"X-Y": TOKEN}))
        watch.answered(endpoints.app, endpoints.app.response_class("nothing"))
    asked = requests.Request("GET", f"http://a.example/?auth={TOKEN}", {"User-Agent": "bx24app/1"})
    watch.sent(asked.prepare())
    assert watch.leaks == ["answer to GET /x"] * 2 + ["address http://a.example/"]


def test_a_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "some.sqlite3-wal").write_bytes(b"\x00\xff" + TOKEN.encode() + b"\x00")
    (tmp_path / "other.sqlite3").write_bytes(b"\x00\xff")
    watch = Watch()
    watch.search(tmp_path)
    assert watch.leaks == ["file some.sqlite3-wal"]


@pytest.mark.promise("no secret in clear in any log")
@pytest.mark.threat("reading secrets from logs")
def test_the_watch_stands_where_the_application_speaks(
    installed_endpoints: EndpointHarness, watch: Watch
) -> None:
    """Let every kind of leak happen once, and take it back."""
    query = {"domain": f"{CODE}.example"}
    assert installed_endpoints.browser.get("/connect", query_string=query).status_code == 404
    logging.getLogger("bx24app.x").warning("the token is %s", TOKEN)
    seen, watch.leaks[:] = list(watch.leaks), []
    assert seen == ["answer to GET /connect", "log line of bx24app.x: the token is %s"]


@pytest.mark.promise("no secret in clear in any log")
@pytest.mark.threat("reading secrets from logs")
def test_not_even_the_most_talkative_log_tells(sqlite_url: str, watch: Watch) -> None:
    with EndpointHarness.open_empty(sqlite_url, log_level="DEBUG") as endpoints:
        endpoints.install_and_deliver()
        endpoints.control.expire_tokens(endpoints.a.host)
        assert endpoints.program(endpoints.a).get().status_code == 200
        endpoints.control.revoke(endpoints.a.host)
        assert endpoints.program(endpoints.a).get().status_code == 409
        endpoints.control.fail("oauth/app.info", "INTERNAL_SERVER_ERROR")
        endpoints.frame("/", endpoints.a)
        endpoints.frame("/", endpoints.a, form={"AUTH_ID": CODE})
        endpoints.event(endpoints.a, "ONAPPINSTALL", 1, application_token=CODE)
        endpoints.control.uninstall(endpoints.a.host)
        endpoints.deliver()
    logging.getLogger().setLevel("INFO")
    assert watch.leaks == []
