"""A server on which nobody has fetched the pages' scripts: it says so, and blames nobody else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bx24app.web import assets
from tests.support.app_harness import AppHarness
from tests.support.endpoint_harness import words_of


@pytest.fixture(params=["missing", "empty"], autouse=True)
def incomplete(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of assets as it is before `make static`, or after one that was cut off."""
    folder = tmp_path / "static"
    shutil.copytree(assets.FOLDER, folder, ignore=shutil.ignore_patterns("vendor"))
    if request.param == "empty":
        (folder / "vendor").mkdir()
        (folder / "vendor/htmx.min.js").touch()
    monkeypatch.setattr(assets, "FOLDER", folder)


def test_it_is_not_ready_and_says_what_is_missing(installed_app: AppHarness) -> None:
    answer = installed_app.browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["problem"] == (
        "the pages' scripts are missing, `make static` fetches them: vendor/htmx.min.js"
    )
    assert installed_app.browser.get("/healthz").status_code == 200


def test_a_person_reads_that_the_browser_is_all_right(installed_app: AppHarness) -> None:
    english, russian = installed_app.launch(installed_app.a), installed_app.launch(installed_app.b)
    assert (english.status_code, russian.status_code) == (200, 200)
    assert "Your browser and your portal are all right" in words_of(english)
    assert "С вашим браузером и порталом всё в порядке" in words_of(russian)
    for page in (english, russian):
        assert "<noscript>" not in page.get_data(as_text=True)
        assert "htmx.min.js" not in page.get_data(as_text=True)
