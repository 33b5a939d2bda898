"""One table holds the fields of a flow: a row more is a field more, everywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bx24app.flows.fields import FIELDS
from bx24app.flows.spec import DEFAULTS, SPEC
from bx24app.web.flows.form import SETTINGS
from bx24app.web.flows.text import LABELS

ROOT = Path(__file__).resolve().parents[3]
ROW = """
    Field(
        "notifyOnFriday",
        "switch",
        Switch,
        label=N_("Remind on Fridays"),
        about="Remind everybody on Fridays.",
        default=False,
        hint=N_("A field that a test has invented."),
        sentence=N_("Everybody is reminded on Fridays."),
    ),
"""
USE = """
import json, sys
from pathlib import Path
from tests.emulator.state import World
from tests.support.app_harness import AppHarness
from tests.support.databases import Sqlite
from tests.support.samples import LEAST
from tests.support.visitor import Visitor

with AppHarness.open(Sqlite(Path(sys.argv[1])).migrated()) as app:
    app.a.later_fields["notifyOnFriday"] = False
    app.install_everywhere()
    api, visitor = app.program(app.a), Visitor(app, app.a)
    made = api.post(LEAST | {"notifyOnFriday": True})
    form = visitor.form(f"/flows/{made.json['id']}/edit")
    told = visitor.send("/flows/sentences", form).get_data(as_text=True)
    wrong = api.post(LEAST | {"name": "Wrong", "notifyOnFriday": "N"})
    schemas = app.browser.get("/api/v1/openapi.json").json["components"]["schemas"]
    print(json.dumps({
        "read": made.json["notifyOnFriday"],
        "page": visitor.get(f"/flows/{made.json['id']}/edit"),
        "form": form.get("notifyOnFriday"),
        "told": told,
        "wrong": wrong.json["errors"],
        "sent": schemas["NewFlow"]["properties"]["notifyOnFriday"]["description"],
        "given": schemas["Flow"]["properties"]["notifyOnFriday"]["type"],
    }))
"""


@pytest.mark.slow
def test_an_invented_field_is_one_row(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bx24app", tmp_path / "bx24app")
    for name in ("tests", "migrations", "install.json"):
        (tmp_path / name).symlink_to(ROOT / name)
    table = tmp_path / "bx24app/flows/fields.py"
    source = table.read_text(encoding="utf-8")
    last = "\n)\nBY_NAME"
    assert source.count(last) == 1
    table.write_text(source.replace(last, ROW + last.removeprefix("\n")), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["read"] is True
    assert "Remind on Fridays" in found["page"]
    assert "A field that a test has invented." in found["page"]
    assert found["form"] == "1"
    assert "Everybody is reminded on Fridays." in found["told"]
    assert [problem["pointer"] for problem in found["wrong"]] == ["/notifyOnFriday"]
    assert found["sent"] == "Remind everybody on Fridays."
    assert found["given"] == "boolean"


def test_every_row_has_what_derives_from_it() -> None:
    names = [row.name for row in FIELDS]
    assert len(names) == len(set(names)) == 17
    assert set(SPEC.json_schema()["properties"]) == set(names)
    assert set(names) <= set(LABELS)
    required = {row.name for row in FIELDS if row.required}
    assert required | set(DEFAULTS) | {"ownerId"} == set(names)
    assert set(SETTINGS) == set(names) - {"responsibleList", "matchSchedule"}
