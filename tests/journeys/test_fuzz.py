"""Anything at all at the endpoints: refused or answered, never a fault of ours, never stored."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.events import event_form
from tests.emulator.launch import launch_form
from tests.support.endpoint_harness import EndpointHarness, session_of

ODD = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "", "0", "null", "[]", "{}", "[" * 3000, "-1", "9" * 400, "\x00", "\ud7ff", "%00",
            "../..", "' OR 1=1 --", "<script>", "http://attacker.example/", "localhost\r\nA: b",
        ]
    ),
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "DOMAIN", "PROTOCOL", "LANG", "APP_SID", "AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "event",
        "SERVER_ENDPOINT", "APPLICATION_TOKEN", "member_id", "status", "PLACEMENT", "state", "code",
        "PLACEMENT_OPTIONS", "auth[member_id]", "auth[application_token]", "auth[access_token]",
        "auth[expires_in]", "ts", "data[VERSION]", "data[CLEAN]", "domain", "auth[", "auth[a][b][]",
    ]
)  # fmt: skip
CHANGES = st.dictionaries(NAMES | st.text(max_size=10), st.none() | ODD, max_size=5)
KINDS = st.sampled_from(
    [
        "application/x-www-form-urlencoded", "application/json", "text/plain", "",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-7",
    ]
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(["X-Session", "Accept", "Accept-Language", "HX-Request", "Authorization"]),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30),
    max_size=3,
)
KNOWN = {200, 302, 400, 401, 403, 404, 405, 409, 413, 415, 422}
thorough = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def mixed(values: dict[str, str], changes: dict[str, str | None]) -> str:
    """A query string or form with some things changed, added and left out."""
    given = {name: value for name, value in (values | changes).items() if value is not None}
    return urlencode(given, errors="surrogatepass")


def refused(endpoints: EndpointHarness, before: dict[str, Any], path: str, **call: Any) -> None:
    """Send it; whatever is refused leaves no trace."""
    answer = endpoints.browser.post(path, **call)
    assert answer.status_code in KNOWN
    assert "Content-Security-Policy" in answer.headers
    if answer.status_code != 200:
        assert endpoints.dump() == before


@pytest.mark.promise("whatever comes to the three endpoints, never a 500")
@pytest.mark.threat("bodies without end")
@thorough
@given(path=st.sampled_from(["/", "/install"]), query=CHANGES, form=CHANGES, headers=HEADERS)
def test_a_launch_with_anything_changed(
    shared_endpoints: EndpointHarness, path: str, query: dict, form: dict, headers: dict
) -> None:
    genuine_query, genuine_form = launch_form(shared_endpoints.world, shared_endpoints.a, 3)
    refused(
        shared_endpoints,
        shared_endpoints.dump(),
        path,
        query_string=mixed(genuine_query, query),
        data=mixed(genuine_form, {"AUTH_ID": "0" * 70} | form),
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )


@pytest.mark.promise("whatever comes to the three endpoints, never a 500")
@thorough
@given(form=CHANGES)
def test_an_event_with_anything_changed(shared_endpoints: EndpointHarness, form: dict) -> None:
    genuine = event_form(shared_endpoints.world, shared_endpoints.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    refused(
        shared_endpoints,
        shared_endpoints.dump(),
        "/events",
        data=mixed(genuine, {"auth[application_token]": "0" * 32} | form),
        content_type="application/x-www-form-urlencoded",
    )


@pytest.mark.promise("whatever comes to the three endpoints, never a 500")
@pytest.mark.threat("bodies without end")
@thorough
@given(
    path=st.sampled_from(["/", "/install", "/events", "/session"]),
    body=st.binary(max_size=300),
    kind=KINDS,
    headers=HEADERS,
    query=st.text(st.characters(codec="ascii"), max_size=60),
)
def test_any_body_of_any_kind(
    shared_endpoints: EndpointHarness, path: str, body: bytes, kind: str, headers: dict, query: str
) -> None:
    refused(
        shared_endpoints,
        shared_endpoints.dump(),
        path,
        data=body,
        content_type=kind,
        headers=headers,
        query_string=query,
    )


@thorough
@given(path=st.sampled_from(["/connect", "/connect/callback"]), query=CHANGES)
def test_any_question_at_the_connection(
    shared_endpoints: EndpointHarness, path: str, query: dict
) -> None:
    before = shared_endpoints.dump()
    answer = shared_endpoints.browser.get(path, query_string=mixed({}, query))
    assert answer.status_code in KNOWN
    assert "Location" not in answer.headers
    assert shared_endpoints.dump() == before


NUMBERS = st.one_of(st.integers(), st.text(max_size=8), st.sampled_from(["17:F", ":F", "1e3", "٣"]))


@thorough
@given(
    number=NUMBERS,
    where=st.sampled_from(
        [
            "/flows/{}/edit", "/flows/{}/delete", "/flows/new?like={}", "/pick/members?q={}",
            "/pick/departments/{}/members", "/pick/projects?q={}",
        ]
    ),
)  # fmt: skip
def test_any_address_of_a_page(
    shared_endpoints: EndpointHarness, number: object, where: str
) -> None:
    path = where.format(str(number).replace("/", "").replace("#", ""))
    answer = shared_endpoints.browser.get(path, headers={"X-Session": session(shared_endpoints)})
    assert answer.status_code in KNOWN | {308}


@thorough
@given(
    where=st.sampled_from(
        [
            "/flows", "/flows/101", "/flows/101/active", "/flows/101/undo", "/flows/known",
            "/flows/name", "/flows/sentences", "/pick/template", "/flows/999999999999/active",
        ]
    ),
    form=st.dictionaries(
        st.sampled_from(
            [
                "name", "description", "plannedCompletionTime", "unit", "distributionType",
                "responsibleList", "team", "moderator", "taskCreators", "groupId", "ownerId",
                "templateId", "shown", "flow", "active", "matchWorkTime", "base", "note",
                "notifyOnQueueOverflow",
            ]
        ),
        ODD,
        max_size=6,
    ),
)  # fmt: skip
def test_any_form_of_a_page(shared_endpoints: EndpointHarness, where: str, form: dict) -> None:
    answer = shared_endpoints.browser.post(
        where,
        data=urlencode(form, errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Session": session(shared_endpoints)},
    )
    assert answer.status_code in KNOWN


def session(endpoints: EndpointHarness) -> str:
    """The session of an ordinary person, started once."""
    kept = endpoints.app.config.get("A_SESSION")
    if kept is None:
        kept = endpoints.app.config["A_SESSION"] = session_of(endpoints.frame("/", endpoints.a, 3))
    return kept
