"""Russian is complete: every sentence of the code and the pages, with its places, and compiled."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "bx24app"
RUSSIAN = PACKAGE / "web/translations/ru/LC_MESSAGES"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = DEFAULT_KEYWORDS | {"mark": None}
PLURALS = {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 104: 1}
"""Numbers, and the Russian form that goes with each."""


def sentences() -> Iterator[tuple[str | None, str]]:
    """Every sentence for people that stands in the code or a template, with its context."""
    found = extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS)
    for _file, _line, message, _comments, context in found:
        yield context, message[0] if isinstance(message, tuple) else message


@pytest.fixture(scope="module")
def russian() -> Catalog:
    """The Russian catalogue, as it is written."""
    with (RUSSIAN / "messages.po").open("rb") as file:
        return read_po(file, locale="ru")


def texts(message: Message) -> list[str]:
    """All forms of a translation."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return [str(form) for form in forms]


def written(catalogue: Catalog) -> dict[tuple[str | None, str], Message]:
    """The messages of a catalogue by context and English text, without its head."""
    found = {}
    for message in catalogue:
        english = message.id[0] if isinstance(message.id, list | tuple) else message.id
        context = message.context
        if english:
            found[context.decode() if isinstance(context, bytes) else context, english] = message
    return found


def test_every_sentence_is_translated(russian: Catalog) -> None:
    there = written(russian)
    wanted = set(sentences())
    assert len(wanted) > 200
    assert sorted(wanted - there.keys(), key=str) == []
    assert [key for key, message in there.items() if not all(texts(message))] == []


def test_nothing_is_translated_that_is_not_said_any_more(russian: Catalog) -> None:
    assert sorted(written(russian).keys() - set(sentences()), key=str) == []


def test_translations_have_the_same_places(russian: Catalog) -> None:
    assert [
        (message.id, list(message.check(russian)))
        for message in russian
        if any(message.check(russian))
    ] == []
    braces = [
        message.id
        for message in russian
        if message.id
        and isinstance(message.id, str)
        and "{" in message.id
        and {part.split("}")[0] for part in message.id.split("{")[1:]}
        != {part.split("}")[0] for part in str(message.string).split("{")[1:]}
    ]
    assert braces == []


def test_plurals_are_those_of_russian(russian: Catalog) -> None:
    days = written(russian)[None, "%(num)s day"]
    said = [texts(days)[PLURALS[number]] % {"num": number} for number in PLURALS]
    assert said == ["1 день", "2 дня", "5 дней", "11 дней", "21 день", "104 дня"]
    assert russian.num_plurals == 3


def test_the_compiled_catalogue_is_current(russian: Catalog) -> None:
    compiled = read_mo(io.BytesIO((RUSSIAN / "messages.mo").read_bytes()))
    assert {key: texts(message) for key, message in written(compiled).items()} == {
        key: texts(message) for key, message in written(russian).items()
    }
