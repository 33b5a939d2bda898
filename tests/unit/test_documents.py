"""What the documents say of the code is so: functions, files and words that they name exist."""

from __future__ import annotations

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`((?:[a-z0-9_]+\.)+(?:[A-Z]\w*\.)?\w+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
NOT_CODE = re.compile(r"\.(json|toml|md|txt|js|html|sqlite3)$")


def functions() -> list[str]:
    """Every `module.function` that the architecture names."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return sorted({name for name in NAMED.findall(text) if not NOT_CODE.search(name)})


def found(name: str) -> object:
    """What a dotted name below `bx24app` stands for; raises if there is no such thing."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(["bx24app", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise LookupError(name)


def test_the_architecture_names_many_functions() -> None:
    assert len(functions()) > 40


@pytest.mark.parametrize("name", functions())
def test_what_the_architecture_names_exists(name: str) -> None:
    assert found(name)


@pytest.mark.parametrize("name", ["portals.token_store.renew", "house.Rooms"])
def test_what_does_not_exist_is_noticed(name: str) -> None:
    with pytest.raises((AttributeError, LookupError)):
        found(name)


@pytest.mark.parametrize(
    "document", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda path: path.name
)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
