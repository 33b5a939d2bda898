"""The application keeps the rules of its architecture, and each rule finds a deliberate fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.architecture import (  # fmt: skip
    LONG_FUNCTION,
    LONGEST_FILE,
    RULES,
    Rule,
    arrows,
    circles,
    homes,
    imports_inside_functions,
    opening_sentences,
    relative_imports,
    rooms,
    short_files,
    short_functions,
    strangers,
    telling_names,
    walls,
)
from tests.support.source_tree import Module, modules

ROOT = Path(__file__).resolve().parents[2]
MANY_LINES = "\n".join(f"    x = {number}" for number in range(LONG_FUNCTION))
FAULTS: list[tuple[Rule, str, str]] = [
    (arrows, "bitrix24/client.py", "import bx24app.store.models"),
    (arrows, "bitrix24/client.py", "from bx24app import config"),
    (arrows, "flows/remote.py", "from bx24app.bitrix24.errors import Bitrix24Error"),
    (arrows, "store/models.py", "from bx24app.flows import spec"),
    (arrows, "errors.py", "from bx24app import config"),
    (arrows, "grants.py", "from bx24app.portals.registry import Portal"),
    (arrows, "provisioning.py", "from bx24app.bitrix24 import client"),
    (arrows, "web/pages.py", "from bx24app.store.database import Database"),
    (arrows, "web/pages.py", "from bx24app.bitrix24.client import Client"),
    (arrows, "web/pages.py", "if True:\n    from bx24app import store"),
    (arrows, "web/pages.py", "from bx24app import create_app"),
    (arrows, "cli.py", "from bx24app.web import pages"),
    (walls, "web/pages.py", "from bx24app.web import rooms\n\nrooms.container().database.read()"),
    (rooms, "accounts.py", ""),
    (homes, "flows/remote.py", "import requests"),
    (homes, "flows/spec.py", "import yaml"),
    (homes, "portals.py", "from flask import g"),
    (homes, "web/pages.py", "from sqlalchemy.orm import Session"),
    (homes, "web/session.py", "from cryptography.fernet import Fernet"),
    (homes, "grants.py", "from authlib.integrations.requests_client import OAuth2Session"),
    (homes, "cli.py", "import a_library_without_a_home"),
    (relative_imports, "web/pages.py", "from . import session"),
    (relative_imports, "web/pages.py", "from .session import Session"),
    (imports_inside_functions, "portals.py", "def install():\n    import json"),
    (
        imports_inside_functions,
        "portals.py",
        "class A:\n    def f(self):\n        from re import sub",
    ),
    (circles, "bitrix24/client.py", "import bx24app.bitrix24.client"),
    (circles, "errors.py", "from bx24app.config import Config"),
    (telling_names, "web/utils.py", ""),
    (telling_names, "services/flows.py", ""),
    (short_files, "portals.py", "\n" * LONGEST_FILE),
    (short_functions, "portals.py", f"def install():\n{MANY_LINES}"),
]
SOUND = {
    "__init__.py": "from flask import Flask\nfrom bx24app.store import models",
    "errors.py": "import json",
    "config.py": "from bx24app.errors import Error",
    "bitrix24/client.py": "import requests\nfrom bx24app import errors",
    "store/models.py": "import sqlalchemy",
    "portals.py": "from bx24app.bitrix24.client import Client\nimport bx24app.store.models",
    "web/__init__.py": "from flask import g\nfrom bx24app.bitrix24.payloads import Launch",
}


def tree(folder: Path, files: dict[str, str]) -> list[Module]:
    """A small package bx24app in a folder, each file opened by a sentence."""
    for name, source in files.items():
        path = folder / "bx24app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""What it is for."""\n{source}\n', encoding="utf-8")
    return modules(folder / "bx24app")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_application_keeps_the_rule(rule: Rule) -> None:
    assert list(rule(modules(ROOT / "bx24app"))) == []


def test_the_emulator_shares_no_code_with_the_application() -> None:
    assert list(strangers(modules(ROOT / "tests" / "emulator"))) == []


@pytest.mark.parametrize(("rule", "file", "fault"), FAULTS)
def test_the_rule_finds_a_fault(rule: Rule, file: str, fault: str, tmp_path: Path) -> None:
    found = list(rule(tree(tmp_path, SOUND | {file: fault})))
    assert len(found) == 1
    assert file.removesuffix(".py").split("/")[-1] in found[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_finds_nothing_in_a_sound_tree(rule: Rule, tmp_path: Path) -> None:
    assert list(rule(tree(tmp_path, SOUND))) == []


def test_a_file_without_an_opening_sentence_is_found(tmp_path: Path) -> None:
    package = tree(tmp_path, SOUND)
    (tmp_path / "bx24app" / "portals.py").write_text("import json\n", encoding="utf-8")
    assert list(opening_sentences(package)) == [
        "bx24app.portals.registry does not say what it is for"
    ]


@pytest.mark.parametrize(
    "fault", ["import bx24app", "from bx24app.errors import Error", "import app"]
)
def test_an_emulator_that_borrows_from_the_application_is_found(fault: str, tmp_path: Path) -> None:
    assert len(list(strangers(tree(tmp_path, {"portal.py": fault})))) == 1


def test_a_few_long_functions_among_many_are_allowed(tmp_path: Path) -> None:
    short = "\n".join(f"def f{number}():\n    return {number}" for number in range(9))
    package = tree(tmp_path, {"portals.py": f"{short}\ndef install():\n{MANY_LINES}"})
    assert list(short_functions(package)) == []


def test_a_docstring_does_not_make_a_function_long(tmp_path: Path) -> None:
    words = "\n".join("    many words" for _ in range(LONG_FUNCTION))
    source = f'def install():\n    """Install.\n{words}\n    """\n    return 1'
    assert list(short_functions(tree(tmp_path, {"portals.py": source}))) == []
