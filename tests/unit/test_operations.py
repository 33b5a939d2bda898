"""What the operator is told is so: the dashboard's numbers, the units, and a restored back-up."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.app_harness import AppHarness
from tests.support.databases import Postgresql, Sqlite

DASHBOARD = json.loads(Path("docs/grafana.json").read_text(encoding="utf-8"))
OPERATIONS = Path("docs/operations.md").read_text(encoding="utf-8")
UNITS = sorted(Path("docs/systemd").iterdir())
METRIC = re.compile(r"\b(bx24app_\w+)(?:\{(\w+)=\"(\w+)\"\})?")
SAMPLE = re.compile(r"^(bx24app_\w+)(?:\{(\w+)=\"(\w*)\"\})?", re.MULTILINE)
BY = re.compile(r"by \((\w+)\)")


def samples(app: AppHarness) -> set[tuple[str, str, str]]:
    """What `/metrics` gives, by name, label and its value."""
    text = app.app.test_client().get("/metrics").text
    return set(SAMPLE.findall(text))


def queries() -> list[str]:
    """Every query of the dashboard."""
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_every_query_of_the_dashboard_finds_its_numbers(installed_app: AppHarness) -> None:
    given = samples(installed_app)
    labels = {(name, label) for name, label, _ in given}
    for query in queries():
        for name, label, value in METRIC.findall(query):
            assert name in {one for one, _ in labels}, query
            assert not label or (name, label, value) in given, query
            # What the query groups by is a label of the number.
            for group in BY.findall(query):
                assert (name, group) in labels, query


def test_the_runbook_explains_every_number(installed_app: AppHarness) -> None:
    counted = {name for name, _, _ in samples(installed_app) if not name.endswith("_created")}
    assert sorted(name for name in counted if name not in OPERATIONS) == []


def test_the_dashboard_shows_every_number(installed_app: AppHarness) -> None:
    shown = {name for query in queries() for name, _, _ in METRIC.findall(query)}
    counted = {name for name, _, _ in samples(installed_app) if not name.endswith("_created")}
    assert counted <= shown


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_have_their_sections(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    kind = {".service": "[Service]", ".timer": "[Timer]"}[unit.suffix]
    assert "[Unit]" in text
    assert kind in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units() -> None:
    ended = subprocess.run(
        ["systemd-analyze", "verify", *map(str, UNITS)], capture_output=True, text=True, check=False
    )
    # The programs that the units name are not installed on this machine.
    problems = [line for line in ended.stderr.splitlines() if "not executable" not in line and line]
    assert problems == []


def test_a_restored_back_up_works(databases: Sqlite | Postgresql) -> None:
    url = databases.migrated()
    with AppHarness.open(url) as app:
        assert app.install(app.a).status_code == 200
        key = app.program(app.a).key
        copy = databases.restored(url)
        world = app.world
    with AppHarness.open(copy, world=world) as restored:
        flows = f"/api/v1/portals/{restored.a.member_id}/flows"
        headers = {"Authorization": f"Bearer {key}"}
        client = restored.app.test_client()
        assert client.get(flows, headers=headers).status_code == 200
        # The tokens are open: an ended one is refreshed with what the back-up holds.
        restored.control.expire_tokens(restored.a.host)
        assert client.get(f"{flows}/101", headers=headers).status_code == 200
        assert restored.launch(restored.a).status_code == 200
