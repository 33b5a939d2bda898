"""Execution time: a method that has nearly used it up rests before the portal blocks it."""

from __future__ import annotations

import pytest

from tests.support.app_harness import Api, AppHarness

GET = "tasks.flow.Flow.get"


@pytest.mark.promise("it learns from 503")
def test_a_tired_method_rests_and_all_others_go_on(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.operating(limit=480, cost=210)
    assert [api.get(101).status_code for _ in range(2)] == [200, 200]
    answer = api.get(101)
    assert (answer.status_code, answer.json["code"]) == (503, "portal_busy")
    assert 60 < int(answer.headers["Retry-After"]) <= 600
    assert api.get("exists?name=Any").status_code == 200
    assert len(installed_app.control.journal(GET)) == 2
    assert "OPERATION_TIME_LIMIT" not in {
        entry["error"] for entry in installed_app.control.journal()
    }


def test_the_calls_of_a_batch_count_too(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.operating(limit=480, cost=105)
    assert api.get().status_code == 200  # reads four flows in one batch
    assert api.get(101).status_code == 503
    assert len(installed_app.control.journal(GET)) == 4


def test_other_portals_do_not_rest(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.operating(limit=480, cost=500)
    assert api.get(101).status_code == 200
    assert api.get(101).status_code == 503
    assert installed_app.program(installed_app.b).get(201).status_code == 200


def test_the_page_says_that_the_portal_is_busy(installed_app: AppHarness) -> None:
    installed_app.launch(installed_app.a)
    installed_app.control.operating(limit=480, cost=500)
    installed_app.launch(installed_app.a)
    page = installed_app.launch(installed_app.a)
    # The rows of before stay, with a word.
    assert page.status_code == 200
    assert "Bitrix24 is busy" in page.get_data(as_text=True)
