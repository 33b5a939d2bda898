"""What a program may send as a body, and that nothing it sends can break the API."""

from __future__ import annotations

import json

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

JSON = "application/json"
FLOW = json.dumps(LEAST)
MALFORMED = {
    "nothing": b"",
    "half": FLOW[:-1].encode(),
    "two": FLOW.encode() * 2,
    "form": b"name=Least",
    "not a number": FLOW.replace("3600", "NaN").encode(),
    "infinite": FLOW.replace("3600", "-Infinity").encode(),
    "too long a number": FLOW.replace("3600", "1" * 5000).encode(),
    "doubled name": FLOW.replace("{", '{"name": "Other", ', 1).encode(),
    "doubled inside": FLOW.replace('["user", "2"]', '{"user": 1, "user": 2}').encode(),
    "half a surrogate pair": FLOW.replace("Least", "\\ud83d").encode(),
    "half a pair as a name": FLOW.replace("{", '{"\\udc00": 1, ', 1).encode(),
    "not UTF-8": FLOW.replace("Least", "Größe").encode("latin-1"),
    "UTF-16": FLOW.encode("utf-16"),
    "deep list": b"[" * 100_000,
    "deep list, closed": b"[" * 5_000 + b"]" * 5_000,
    "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deeper than any flow": FLOW.replace("3600", "[" * 30 + "]" * 30).encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_what_is_no_json_is_refused(
    verb: str, body: bytes, api: Api, installed_app: AppHarness
) -> None:
    path = f"{api.flows}/103" if verb == "PATCH" else api.flows

    answer = api.call(verb, path, data=body, content_type=JSON)

    assert (answer.status_code, answer.json["code"]) == (400, "malformed_json")
    assert installed_app.writes() == []


def test_numbers_beyond_all_bounds_are_judged_like_others(api: Api) -> None:
    body = FLOW.replace("3600", "1e400").replace('"2"', "1e300")

    answer = api.call("POST", api.flows, data=body, content_type=JSON)

    found = [error["pointer"] for error in answer.json["errors"]]
    assert found == ["/plannedCompletionTime", "/responsibleList/0"]


@pytest.mark.parametrize(
    ("verb", "content_type"),
    [
        ("POST", "text/plain"),
        ("POST", "application/x-www-form-urlencoded"),
        ("POST", "application/merge-patch+json"),
        ("POST", None),
        ("PUT", "application/merge-patch+json"),
        ("PATCH", "text/json"),
        ("PATCH", "application/json-patch+json"),
        ("PATCH", None),
    ],
)
def test_a_body_of_another_type_is_refused(verb: str, content_type: str | None, api: Api) -> None:
    path = f"{api.flows}/103" if verb == "PATCH" else api.flows

    answer = api.call(verb, path, data=FLOW, content_type=content_type)

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    [JSON, "application/merge-patch+json", "application/json; charset=utf-8", "APPLICATION/JSON"],
)
def test_a_patch_comes_as_one_of_two_types(content_type: str, api: Api) -> None:
    body = json.dumps({"description": "Später"}, ensure_ascii=False).encode()

    answer = api.call("PATCH", f"{api.flows}/103", data=body, content_type=content_type)

    assert (answer.status_code, answer.json["description"]) == (200, "Später")


def test_a_mark_of_byte_order_does_no_harm(api: Api) -> None:
    body = b"\xef\xbb\xbf" + FLOW.encode()

    assert api.call("POST", api.flows, data=body, content_type=JSON).status_code == 201


def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    body = json.dumps(LEAST | {"description": "x" * (1024 * 1024)})

    answer = api.call("POST", api.flows, data=body, content_type=JSON)

    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


TEXTS = [
    "Größe & <b>„Maß“</b> 'quote' \"double\"",
    "Заявки на закупку №1",
    "採購申請 🛒👩‍👩‍👧",
    "a=b&c[d]=e%20+;,/?:@#",
    "$result[create][id]",
    "true",
    "0",
    "N",
    "null",
    "\u202etfel ot thgir",
    "{}[]\\",
]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_arrives_as_it_is(text: str, api: Api, installed_app: AppHarness) -> None:
    made = api.post(LEAST | {"name": text, "description": f"{text}\n\t{text}"})

    assert made.status_code == 201
    flow = installed_app.flow(made.json["id"])
    assert (flow.name, flow.description) == (text, f"{text}\n\t{text}")
    assert (made.json["name"], made.json["description"]) == (flow.name, flow.description)
    assert api.get("exists", query_string={"name": text}).json["exists"] is True


def test_what_a_portal_sends_comes_out_whole(api: Api, installed_app: AppHarness) -> None:
    installed_app.flow(101).description = "half \ud83d a pair, nul \0"

    answer = api.get(101)

    assert answer.status_code == 200
    assert answer.json["description"] == "half \ufffd a pair, nul \0"


@pytest.mark.reference("both: 100 a parameter is missing or of a wrong type (on neither page)")
@pytest.mark.parametrize("flow_id", ["0", "-1", "abc", "1e3", "999999999999", "9" * 3000, "%00"])
def test_a_number_that_no_flow_has_is_not_found(
    flow_id: str, api: Api, installed_app: AppHarness
) -> None:
    for verb in ("GET", "PATCH", "DELETE"):
        answer = api.call(verb, f"{api.flows}/{flow_id}", json={})
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert installed_app.writes() == []


@pytest.mark.parametrize("member_id", ["nobody", "%00", "a%00b", "%F0%9F%98%80", "x" * 300, "%27"])
def test_a_portal_that_nobody_knows_is_not_found(member_id: str, stored_app: AppHarness) -> None:
    operator = stored_app.program(None)
    for path in ("", "/flows", "/flows/1"):
        answer = operator.call("GET", f"/api/v1/portals/{member_id}{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
