"""The headers of every answer of every route, and who may frame which."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests.support.endpoint_harness import EndpointHarness, ancestors, session_of

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
SAMPLES = {
    "filename": "app.css",
    "version": "000000000000",
    "flow_id": "101",
    "key_id": "1",
    "id": "101",
    "number": "1",
    "department_id": "4",
    "member_id": "a223c6b3710f85df22e9377d6c4f7553",
    "slug": "it-help-desk",
}


@pytest.fixture
def https(sqlite_url: str) -> Iterator[EndpointHarness]:
    """The application as in real life: everything over https, both portals installed."""
    with EndpointHarness.open_empty(sqlite_url, https=True) as endpoints:
        for host in endpoints.world.portal_hosts:
            endpoints.control.install(host)
            assert endpoints.frame("/install", endpoints.world.portal(host)).status_code == 200
            endpoints.control.finish(host)
        yield endpoints


def policy(answer: TestResponse) -> dict[str, str]:
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def check(answer: TestResponse, framed_by: str, *, form_action: str = "'self'") -> None:
    wanted = POLICY | {"frame-ancestors": framed_by, "form-action": form_action}
    assert policy(answer) == wanted
    assert answer.headers.get_all("Content-Security-Policy") == [
        answer.headers["Content-Security-Policy"]
    ]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cache-Control"]


def everywhere(endpoints: EndpointHarness) -> Iterator[tuple[str, str]]:
    """Every verb and address that the application serves, and some that it does not."""
    for rule in endpoints.app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: SAMPLES[found[1]], rule.rule)
        for verb in sorted(rule.methods or ()):
            yield verb, path
    yield from [("GET", "/nowhere"), ("PUT", "/"), ("DELETE", "/install"), ("GET", "/%ff")]


@pytest.mark.promise("the right headers on every page")
def test_every_answer_to_a_stranger_is_framed_by_nobody(https: EndpointHarness) -> None:
    for verb, path in everywhere(https):
        answer = https.browser.open(path, method=verb, buffered=True)
        form_action = "'self' https:" if path == "/connect" and verb != "OPTIONS" else "'self'"
        assert answer.status_code != 500, (verb, path)
        check(answer, "'none'", form_action=form_action)


@pytest.mark.promise("the right headers on every page")
@pytest.mark.threat("a page inside a frame of the attacker's")
def test_every_page_of_a_person_is_framed_by_their_portal_alone(https: EndpointHarness) -> None:
    for portal in (https.world.portal("north.example"), https.world.portal("sever.example")):
        session = {"X-Session": session_of(https.frame("/", portal))}
        for verb, path in everywhere(https):
            if path.startswith(("/flows", "/pick")) and verb in ("GET", "POST"):
                for more in ({}, {"HX-Request": "true"}):
                    answer = https.browser.open(path, method=verb, headers=session | more)
                    assert answer.status_code != 500, (verb, path)
                    check(answer, f"https://{portal.host}")


def test_an_installation_and_a_launch_are_framed_by_their_portal_alone(
    https: EndpointHarness,
) -> None:
    portal = https.world.portal("north.example")
    for path in ("/install", "/"):
        check(https.frame(path, portal), "https://north.example")


@pytest.mark.threat("a page inside a frame of the attacker's")
@pytest.mark.parametrize("path", ["/install", "/"])
@pytest.mark.parametrize(
    ("query", "form", "framed_by"),
    [
        ({}, {"AUTH_ID": "0" * 70}, "https://north.example"),
        ({}, {"AUTH_ID": None}, "https://north.example"),
        ({"DOMAIN": "North.Example"}, {"AUTH_ID": None}, "https://north.example"),
        ({"DOMAIN": "box.example:8443"}, {}, "https://box.example:8443"),
        ({"DOMAIN": None}, {}, "'none'"),
        ({"DOMAIN": "*"}, {}, "'none'"),
        ({"DOMAIN": "*.example"}, {}, "'none'"),
        ({"DOMAIN": "north.example *"}, {}, "'none'"),
        ({"DOMAIN": "north.example; script-src *"}, {}, "'none'"),
        ({"DOMAIN": "north.example\nX-Evil: 1"}, {}, "'none'"),
        ({"DOMAIN": "user@north.example"}, {}, "'none'"),
        ({"DOMAIN": "north.example/path"}, {}, "'none'"),
        ({"DOMAIN": "пример.рф"}, {}, "'none'"),
        ({"PROTOCOL": "0"}, {"AUTH_ID": None}, "https://north.example"),
    ],
)
def test_a_refusal_can_be_read_in_the_frame_and_gives_nothing_away(
    https: EndpointHarness, path: str, query: dict, form: dict, framed_by: str
) -> None:
    answer = https.frame(path, https.world.portal("north.example"), query=query, form=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (400, 403)
    check(answer, framed_by)
    assert "X-Session" not in answer.headers
    assert not re.search(r'<script|name="session"|name="portal"|<form|hx-', page)


def test_over_http_there_is_no_promise_of_https(installed_endpoints: EndpointHarness) -> None:
    answer = installed_endpoints.frame("/", installed_endpoints.a)
    assert "Strict-Transport-Security" not in answer.headers
    assert ancestors(answer) == "http://localhost:8900"


def test_what_is_personal_is_not_kept_by_browsers(https: EndpointHarness) -> None:
    portal = https.world.portal("north.example")
    assert https.frame("/", portal).headers["Cache-Control"] == "no-store"
    assert https.browser.get("/api/v1/portals").headers["Cache-Control"] == "no-store"
    assert (
        https.browser.get("/static/app.css", buffered=True).headers["Cache-Control"] != "no-store"
    )


@pytest.mark.promise("the right headers on every page")
@pytest.mark.threat("script in the name of a flow")
def test_pages_hold_nothing_that_the_policy_would_have_to_allow(https: EndpointHarness) -> None:
    portal = https.world.portal("north.example")
    launched = https.frame("/", portal)
    session = {"X-Session": session_of(launched)}
    pages = [launched, https.browser.get("/connect")]
    for path in ("/flows", "/flows/new", "/flows/101/edit", "/flows/101/delete", "/flows/9/edit"):
        pages.append(https.browser.get(path, headers=session))
    pages += [
        https.browser.get("/"),
        https.browser.get("/nowhere"),
        https.browser.get("/api/v1/docs"),
    ]
    pages.append(https.frame("/install", portal))
    for answer in pages:
        page = answer.get_data(as_text=True)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//(?!north\.example)""", page)


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/api/v1/portals"])
def test_no_page_may_use_what_it_does_not_need(endpoints: EndpointHarness, path: str) -> None:
    allowed = endpoints.browser.get(path).headers["Permissions-Policy"].split(", ")
    for feature in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture"):
        assert f"{feature}=()" in allowed
