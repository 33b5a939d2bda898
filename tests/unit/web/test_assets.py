"""What a browser fetches is small, comes from us alone, and needs no exception in the policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.support.app_harness import AppHarness

WEB = Path(__file__).parents[3] / "bx24app/web"
SCRIPTS = sorted((WEB / "static").glob("*.js"))
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
KILOBYTE = 1024


def packed(files: list[Path]) -> int:
    """The bytes of files as they travel, each compressed by itself."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def test_scripts_are_small() -> None:
    assert 0 < packed(SCRIPTS) <= 20 * KILOBYTE


def test_style_is_small() -> None:
    assert 0 < packed([WEB / "static/app.css"]) <= 20 * KILOBYTE


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_style_or_script(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|hx-on|javascript:|hx-vals=.js:", text)
    assert not re.search(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("file", [*TEMPLATES, *SCRIPTS], ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert not re.search(r"import .* from \"(?!\./)", text)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_store_nothing_and_evaluate_nothing(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    # A draft of the form survives a reload of the frame; nothing of the session is in it.
    if script.name == "drafts.js":
        text = text.replace("sessionStorage", "")
    assert not re.search(r"localStorage|sessionStorage|document\.cookie|eval\(|new Function", text)


def test_files_are_fetched_once_and_never_mixed(installed_app: AppHarness) -> None:
    page = installed_app.launch(installed_app.a).get_data(as_text=True)
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert 5 <= len(addresses) <= 7, "with the page itself eight requests at most"
    for address in addresses:
        answer = installed_app.browser.get(address, buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = re.sub("/static/[^/]+/", "/static/000000000000/", addresses[0])
    assert installed_app.browser.get(other).status_code == 404
