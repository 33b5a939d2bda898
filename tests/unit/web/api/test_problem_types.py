"""Every problem document says what is wrong and where that is explained; addresses are absolute."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bx24app.flows.problems import NameTaken
from bx24app.flows.spec import BUILT_IN
from bx24app.flows.team import TEAM_EMPTY
from bx24app.web.api.docs_words import FIELD_CODES, WHAT_TO_DO
from bx24app.web.errors import STATUS
from tests.support.app_harness import SETTINGS, Api, AppHarness
from tests.support.samples import LEAST

PUBLIC = SETTINGS["public_url"]
FLOWS = Path(__file__).parents[4] / "bx24app/flows"
PROBLEMS: dict[str, tuple[int, Callable[[AppHarness, Api], TestResponse]]] = {
    "unauthenticated": (401, lambda app, api: app.browser.get("/api/v1/portals")),
    "not_found": (404, lambda app, api: api.get(999_999)),
    "invalid_flow": (422, lambda app, api: api.post({})),
    "malformed_json": (
        400,
        lambda app, api: api.call("POST", api.flows, data="{", content_type="application/json"),
    ),
    "method_not_allowed": (405, lambda app, api: app.browser.post("/api/v1/portals")),
    "too_large": (
        413,
        lambda app, api: api.call(
            "POST", api.flows, data=b" " * 2**21, content_type="application/json"
        ),
    ),
}


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_type_of_a_problem_is_the_address_of_its_explanation(
    code: str, installed_app: AppHarness, api: Api
) -> None:
    status, call = PROBLEMS[code]

    answer = call(installed_app, api)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == f"{PUBLIC}/api/v1/docs#problem-{code}"
    assert answer.json["title"]
    assert f'id="problem-{code}"' in installed_app.browser.get("/api/v1/docs").text


def test_every_code_has_an_explanation(installed_app: AppHarness) -> None:
    page = installed_app.browser.get("/api/v1/docs").text

    explained = re.findall(r'id="problem-([a-z_]+)"', page)

    assert len(explained) == len(set(explained))
    assert {*STATUS, "internal_error"} <= set(explained)


def test_an_unknown_address_is_not_found(installed_app: AppHarness) -> None:
    answer = installed_app.browser.get("/api/v1/nothing")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert answer.json["type"] == f"{PUBLIC}/api/v1/docs#problem-not_found"


def test_a_verb_that_an_address_does_not_know_names_those_it_does(
    installed_app: AppHarness,
) -> None:
    answer = installed_app.browser.delete("/api/v1/portals")

    assert answer.json["code"] == "method_not_allowed"
    assert {verb.strip() for verb in answer.headers["Allow"].split(",")} >= {"GET", "HEAD"}


def test_a_new_flow_has_an_address_that_begins_with_ours(
    installed_app: AppHarness, api: Api
) -> None:
    answer = api.post(LEAST)

    member, number = installed_app.a.member_id, answer.json["id"]
    assert answer.headers["Location"] == f"{PUBLIC}/api/v1/portals/{member}/flows/{number}"


def test_the_document_says_where_the_api_is(installed_app: AppHarness) -> None:
    assert installed_app.browser.get("/api/v1/openapi.json").json["servers"] == [{"url": PUBLIC}]


def test_who_wants_to_turn_a_flow_off_by_a_change_hears_the_right_call(api: Api) -> None:
    answer = api.patch(101, {"active": False})

    [finding] = answer.json["errors"]
    assert (finding["pointer"], finding["code"]) == ("/active", "read_only")
    assert "PUT …/active" in finding["message"]


def test_each_call_is_shown_by_a_line_of_curl(installed_app: AppHarness) -> None:
    page = installed_app.browser.get("/api/v1/docs").text
    document = installed_app.browser.get("/api/v1/openapi.json").json

    lines = re.findall(r"<pre[^>]*><code>(curl .*?)</code></pre>", page, re.DOTALL)

    assert len(lines) == sum(len(calls) for calls in document["paths"].values())
    assert {name for line in lines for name in re.findall(r"\$\w+", line)} == {
        "$KEY",
        "$PORTAL",
        "$FLOW",
    }
    assert all("{" not in line.split("&#39;")[0] for line in lines)
    assert re.search(r"<nav.*href=\"#listFlows\".*</nav>", page, re.DOTALL)


def test_what_to_do_is_said_of_each_problem(installed_app: AppHarness) -> None:
    page = installed_app.browser.get("/api/v1/docs").text

    assert set(WHAT_TO_DO) == set(STATUS)
    for code in STATUS:
        row = page.split(f'id="problem-{code}"')[1].split("</tr>")[0]
        assert re.search(r'data-label="What to do">\S', row), code


def test_every_code_of_a_field_stands_in_one_table(installed_app: AppHarness) -> None:
    page = installed_app.browser.get("/api/v1/docs").text
    source = "".join(path.read_text(encoding="utf-8") for path in FLOWS.glob("*.py"))
    raised = set(re.findall(r'(?:_wrong|Problem)\(\s*(?:[^,()]+,\s*)?"([a-z_]+)"', source))
    raised |= {code for code, _ in BUILT_IN.values()} | {NameTaken.code}

    assert raised - {TEAM_EMPTY.code} <= set(FIELD_CODES)
    assert set(re.findall(r'id="error-([a-z_]+)"', page)) == set(FIELD_CODES)
    assert list(FIELD_CODES) == sorted(FIELD_CODES)


def test_each_answer_has_an_example_of_its_shape(installed_app: AppHarness) -> None:
    page = html.unescape(installed_app.browser.get("/api/v1/docs").text)
    api = installed_app.program(installed_app.a)

    examples = re.findall(
        r"Example of the answer</summary><pre[^>]*><code>(.*?)</code>", page, re.S
    )
    assert len(examples) >= 10
    flow = next(json.loads(text) for text in examples if '"taskCreators"' in text)
    shown = flow["items"][0] if "items" in flow else flow
    assert {*api.get(101).json} <= {*shown}


def test_the_page_is_light(installed_app: AppHarness) -> None:
    page = installed_app.browser.get("/api/v1/docs").get_data()

    assert len(gzip.compress(page)) <= 30 * 1024
