"""REST as a client meets it: encodings, tokens, errors, envelopes."""

import json

import pytest
import requests

from tests.emulator.conftest import Meet
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.faults import SYSTEM_ERRORS
from tests.emulator.person import Person
from tests.emulator.state import World

URL = "http://localhost:8900/rest/"
GET_101 = {"flowId": 101}


def ways(token: str) -> dict[str, dict[str, object]]:
    """The ways in which a call of get for flow 101 can be written down."""
    bearer = {"Authorization": f"Bearer {token}"}
    return {
        "json, header": {"method": "POST", "json": GET_101, "headers": bearer},
        "json, auth": {"method": "POST", "json": GET_101 | {"auth": token}},
        "json, access_token": {"method": "POST", "json": GET_101 | {"access_token": token}},
        "form, auth": {"method": "POST", "data": GET_101 | {"auth": token}},
        "text that is a form": {
            "method": "POST",
            "data": f"flowId=101&auth={token}",
            "headers": {"Content-Type": "text/plain;charset=UTF-8"},
        },
        "no type at all": {"method": "POST", "data": f"flowId=101&auth={token}".encode()},
        "multipart": {"method": "POST", "files": {"flowId": (None, "101"), "auth": (None, token)}},
        "query": {"method": "GET", "params": GET_101 | {"auth": token}},
        "query of a post": {"method": "POST", "params": GET_101, "headers": bearer},
        "query, lower-case scheme": {
            "method": "GET",
            "params": GET_101,
            "headers": {"Authorization": f"bearer {token}"},
        },
    }


@pytest.mark.parametrize("way", ways("x"))
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_every_encoding_is_read(alice: Person, way: str, suffix: str) -> None:
    request = ways(alice.grant.access_token)[way]
    url = f"{URL}tasks.flow.Flow.get{suffix}"
    answer = alice.session.request(url=url, timeout=5, **request)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["id"] == 101
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    where = "header" if "headers" in request and "Authorization" in str(request) else None
    where = where or ("query" if "params" in request else "body")
    assert alice.world.journal[-1].token_in == where


def test_brackets_become_nested_values(alice: Person) -> None:
    form = {
        "flowData[name]": "From a form",
        "flowData[plannedCompletionTime]": "7200",
        "flowData[distributionType]": "himself",
        "flowData[responsibleList][0][0]": "user",
        "flowData[responsibleList][0][1]": "2",
        "flowData[responsibleList][][]": "department",
        "flowData[responsibleList][1][]": "17:F",
        "auth": alice.grant.access_token,
    }
    answer = alice.session.post(f"{URL}tasks.flow.Flow.create", data=form, timeout=5).json()
    assert answer["error_description"] == "Department 17 doesn't exist"
    form["flowData[responsibleList][1][]"] = "4:F"
    form["flowData[name]"] = "Again"
    made = alice.session.post(f"{URL}tasks.flow.Flow.create", data=form, timeout=5).json()
    assert made["result"]["responsibleList"] == [["user", "2"], ["department", "4:F"]]


@pytest.mark.parametrize(
    ("method", "status", "error"),
    [
        ("tasks.flow.Flow.isExists", 400, "0"),
        ("tasks.flow.Flow.ISEXISTS", 400, "0"),
        ("tasks.flow.flow.isExists", 404, "ERROR_METHOD_NOT_FOUND"),
        ("tasks.flow.flow.isexists", 404, "ERROR_METHOD_NOT_FOUND"),
        ("Tasks.flow.Flow.isExists", 404, "ERROR_METHOD_NOT_FOUND"),
        ("tasks.flow.Flow.nonsense", 400, "22002"),
        ("USER.Current", 200, None),
        ("tasks.task.LIST", 200, None),
        ("nonsense", 404, "ERROR_METHOD_NOT_FOUND"),
        ("", 404, "ERROR_METHOD_NOT_FOUND"),
    ],
)
def test_names_and_their_case(alice: Person, method: str, status: int, error: str | None) -> None:
    answer = alice.ask(method)
    assert (answer.status_code, answer.json().get("error")) == (status, error)


def test_an_unknown_method_is_noticed_before_the_token(http: requests.Session) -> None:
    answer = http.post(f"{URL}nonsense", json={}, timeout=5)
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "ERROR_METHOD_NOT_FOUND",
        "error_description": "Method not found!",
    }


def test_no_token_at_all(control: Control, http: requests.Session) -> None:
    answer = http.post(f"{URL}profile", json={}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "NO_AUTH_FOUND")


@pytest.mark.parametrize(
    ("trouble", "status", "error"),
    [
        (lambda control: control.turn_clock(3601), 401, "expired_token"),
        (lambda control: control.expire_tokens(), 401, "expired_token"),
        (lambda control: control.revoke(), 401, "expired_token"),
        (lambda control: control.uninstall(), 401, "ERROR_OAUTH"),
        (lambda control: (control.uninstall(), control.reinstall()), 401, "invalid_token"),
        (lambda control: control.payment(expired=True), 401, "PAYMENT_REQUIRED"),
        (lambda control: control.dismiss(1), 401, "authorization_error"),
        (lambda control: control.deny(1), 403, "user_access_error"),
    ],
)
def test_a_token_that_stopped_working(
    alice: Person, control: Control, trouble: object, status: int, error: str
) -> None:
    assert alice.result("profile")["ID"] == "1"
    trouble(control)  # type: ignore[operator]
    assert alice.error("profile")[:2] == (status, error)


def test_a_token_of_another_portal(meet: Meet, b: Portal, http: requests.Session) -> None:
    stranger = meet(b).grant.access_token
    answer = http.post(f"{URL}profile", json={"auth": stranger}, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


def test_scopes_are_those_of_the_application(alice: Person, world: World, a: Portal) -> None:
    assert alice.result("scope") == ["task", "user_brief", "department", "sonet_group"]
    assert alice.error("placement.get")[:2] == (403, "insufficient_scope")
    other = world.install_pair(a, 1, client_id="app.60a1b2c3d4e5f6.87654321")
    alice.grant = other
    assert alice.error("department.get")[:2] == (403, "insufficient_scope")
    assert alice.read(101)["id"] == 101


def test_the_envelope_of_a_success(alice: Person) -> None:
    body = alice.ask("tasks.flow.Flow.get", GET_101).json()
    assert set(body) == {"result", "time"}
    assert set(body["time"]) == {
        "start", "finish", "duration", "processing", "date_start", "date_finish",
        "operating_reset_at", "operating",
    }  # fmt: skip


def test_the_envelope_of_a_list(alice: Person) -> None:
    body = alice.ask("department.get").json()
    assert (set(body), body["total"]) == ({"result", "total", "time"}, 6)


@pytest.mark.parametrize("name", SYSTEM_ERRORS)
def test_every_system_error_on_demand(alice: Person, control: Control, name: str) -> None:
    control.fail("profile", name)
    status, code, text = SYSTEM_ERRORS[name]
    assert alice.error("profile") == (status, code, text)
    assert alice.result("profile")["ID"] == "1"


def test_an_error_of_ones_own(alice: Person, control: Control) -> None:
    control.fail("profile", "SOMETHING_NEW", status=418, description="Что-то новое")
    assert alice.error("profile") == (418, "SOMETHING_NEW", "Что-то новое")


def test_a_page_of_a_gateway(alice: Person, control: Control) -> None:
    control.html("profile", 502)
    answer = alice.ask("profile")
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert "502 Bad Gateway" in answer.text


def test_a_portal_that_wants_encryption(alice: Person) -> None:
    alice.world.scheme = "https"
    assert alice.result("profile")["ID"] == "1"
    answer = alice.session.get(f"{URL}profile?auth={alice.grant.access_token}", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "INVALID_REQUEST")


def test_a_renamed_portal(alice: Person, control: Control) -> None:
    control.rename("renamed.bitrix24.com")
    form = {"auth": alice.grant.access_token}
    old = alice.session.post(f"{URL}profile?x=1", data=form, timeout=5, allow_redirects=False)
    assert old.status_code == 302
    assert old.headers["Location"] == "http://renamed.bitrix24.com/rest/profile?x=1"
    new = alice.session.post(old.headers["Location"], data=form, timeout=5)
    assert new.json()["result"]["ID"] == "1"


def test_a_host_nobody_serves(alice: Person) -> None:
    answer = alice.session.post("http://evil.example/rest/profile", data={"auth": "t"}, timeout=5)
    assert answer.status_code == 404
    stray = alice.world.journal[-1]
    assert (stray.kind, stray.host, stray.params) == ("stray", "evil.example", {"auth": "t"})


@pytest.mark.parametrize("body", ["", "[]", "{", "7", json.dumps({"x": 1})])
def test_a_body_that_says_nothing(alice: Person, body: str) -> None:
    answer = alice.session.post(
        f"{URL}profile?auth={alice.grant.access_token}",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=5,
    )
    assert answer.json()["result"]["ID"] == "1"


def test_the_journal_tells_what_was_called_and_what_writes(alice: Person) -> None:
    alice.read(101)
    alice.flow("update", id=101, name="x")
    alice.error("tasks.flow.Flow.get", {"flowId": 999})
    told = [(e.method, e.was_write, e.user_id, e.status, e.error) for e in alice.world.journal]
    assert told == [
        ("tasks.flow.Flow.get", False, 1, 200, None),
        ("tasks.flow.Flow.update", True, 1, 200, None),
        ("tasks.flow.Flow.get", False, 1, 400, "0"),
    ]


def test_a_browser_may_ask_before_it_calls(http: requests.Session, control: Control) -> None:
    answer = http.options(f"{URL}tasks.flow.Flow.get", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"]
    assert control.journal() == []
