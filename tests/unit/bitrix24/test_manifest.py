"""The application's card: read whole, and true to what the application does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bx24app.bitrix24.manifest import FILE, Manifest
from bx24app.errors import Error


def test_the_card_has_both_languages_and_the_fewest_scopes() -> None:
    card = Manifest.load()
    assert set(card.titles) == {"en", "ru"}
    assert card.scopes == ("task", "user_brief", "department", "sonet_group")
    assert card.events == ("ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT")
    assert card.placements == ()


def test_a_language_without_a_title_reads_the_english_one() -> None:
    card = Manifest.load()
    assert card.title("de") == card.title("en") != card.title("ru")


@pytest.mark.parametrize("name", ["languages", "scopes", "handlers", "events", "placements"])
def test_a_card_that_lacks_something_is_refused_by_name(name: str, tmp_path: Path) -> None:
    card = json.loads(FILE.read_text(encoding="utf-8"))
    del card[name]
    damaged = tmp_path / "install.json"
    damaged.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(Error, match=name):
        Manifest.load(damaged)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"languages": []}'])
def test_a_file_that_is_no_card_is_refused(text: str, tmp_path: Path) -> None:
    damaged = tmp_path / "install.json"
    damaged.write_text(text, encoding="utf-8")
    with pytest.raises(Error) as found:
        Manifest.load(damaged)
    assert found.value.code == "bad_manifest"
