"""The operator writes out what was exchanged with a portal, as Bitrix24's support asks for it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result

from bx24app.bitrix24.client import Exchange
from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

KIB = 1024


def export(app: AppHarness, *options: str) -> Result:
    app.container.journal.flush()
    arguments = ["journal", "export", "--portal", app.a.member_id, *options]
    return app.app.test_cli_runner().invoke(args=arguments)


def lines(app: AppHarness, *options: str) -> list[dict[str, Any]]:
    ended = export(app, *options)
    assert ended.exit_code == 0, ended.output
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_every_exchange_is_a_line_oldest_first(installed_app: AppHarness, api: Api) -> None:
    assert api.post(LEAST).status_code == 201
    told = lines(installed_app)
    assert all(
        set(line) == {"at", "method", "status", "error", "request", "response", "cut"}
        for line in told
    )
    times = [datetime.fromisoformat(line["at"]) for line in told]
    assert times == sorted(times)
    create = next(line for line in told if "tasks.flow.Flow.create" in line["method"])
    assert create["status"] == 200
    assert create["cut"] is False
    assert "result" in create["response"]


def test_secrets_are_masked_and_keep_their_names(installed_app: AppHarness, api: Api) -> None:
    assert api.get().status_code == 200
    installed_app.container.journal.record(
        installed_app.a.member_id,
        Exchange("m", {"auth": "a" * 70}, 200, None, {"access_token": "b" * 70}, 0.1),
    )
    told = next(line for line in lines(installed_app) if line["method"] == "m")
    assert told["request"] == {"auth": "***"}
    assert told["response"] == {"access_token": "***"}
    assert not re.search(r"[0-9a-f]{70}", export(installed_app).stdout)


def test_only_those_since_a_time(installed_app: AppHarness, api: Api) -> None:
    assert api.get().status_code == 200
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert lines(installed_app, "--since", soon) == []
    assert lines(installed_app, "--since", "2026-01-01") == lines(installed_app)


@pytest.mark.parametrize(("kib", "is_cut"), [(60, False), (300, True)])
def test_bodies_of_64_kib_are_whole_and_cut_ones_say_so(
    installed_app: AppHarness, api: Api, kib: int, is_cut: bool
) -> None:
    flow = installed_app.a.flows[101]
    flow.description = "ж" * (kib * KIB // 2)
    assert api.get(101).status_code == 200
    line = lines(installed_app)[-1]
    assert line["cut"] is is_cut
    assert (flow.description in json.dumps(line, ensure_ascii=False)) is not is_cut


@pytest.mark.parametrize(
    "options", [["--since", "yesterday"], ["--since", ""], ["--portal", "nobody"]]
)
def test_a_mistake_is_told_in_one_line(installed_app: AppHarness, options: list[str]) -> None:
    ended = export(installed_app, *options)
    assert ended.exit_code in (1, 2)
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr


def test_of_one_portal_only(installed_app: AppHarness, api: Api) -> None:
    assert api.get().status_code == 200
    installed_app.container.journal.flush()
    arguments = ["journal", "export", "--portal", installed_app.b.member_id]
    ended = installed_app.app.test_cli_runner().invoke(args=arguments)
    assert "tasks.flow.Flow.list" not in ended.stdout
