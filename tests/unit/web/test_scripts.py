"""The scripts know no address and no unit of their own: the pages give them in data attributes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bx24app.web.flows.form import SECONDS
from tests.support.app_harness import AppHarness

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = sorted((ROOT / "bx24app/web/static").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_names_no_address_and_no_unit(script: Path) -> None:
    text = script.read_text(encoding="utf-8")

    assert re.findall(r"[\"'`]/[a-z][^\"'`]*[\"'`]", text) == []
    assert [unit for unit in SECONDS if f'"{unit}"' in text] == []


def test_a_page_says_where_its_session_and_its_list_are(installed_app: AppHarness) -> None:
    page = installed_app.launch(installed_app.a).text

    assert re.search(r'<meta name="session" content="[^"]+" data-address="/session">', page)
    assert '<main id="main" data-flows="/flows">' in page
