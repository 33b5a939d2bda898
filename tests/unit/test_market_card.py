"""What a vendor enters into the Market's card keeps to the Market's rules, in both languages."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

CARD = Path("docs/market")
MANIFEST = json.loads(Path("install.json").read_text(encoding="utf-8"))
LANGUAGES = ("en", "ru")
TEXTS = ("title", "short", "full", "installation", "keywords", "tags", "whats-new", "moderator")
PHRASES = Path("bx24app/web/translations/ru/LC_MESSAGES/messages.po")
RGB = 2
"""The kind of PNG without transparency."""


def text(language: str, name: str) -> str:
    return (CARD / language / f"{name}.md").read_text(encoding="utf-8").strip()


def picture(file: Path) -> tuple[int, int, int]:
    """Width, height and kind of colours of a PNG."""
    head = file.read_bytes()[:26]
    assert head.startswith(b"\x89PNG")
    wide, high, _, colours = struct.unpack(">IIBB", head[16:26])
    return wide, high, colours


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_there(language: str, name: str) -> None:
    assert text(language, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_is_the_same_everywhere(language: str) -> None:
    assert text(language, "title") == MANIFEST["languages"][language]["title"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_short_description_is_two_sentences_without_the_title(language: str) -> None:
    short = text(language, "short")
    assert 1 <= len(re.findall(r"[.!?](?: |$)", short)) <= 2
    assert text(language, "title").lower() not in short.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_keywords_are_short_and_do_not_name_the_platform(language: str) -> None:
    keywords = text(language, "keywords")
    assert len(keywords) <= 2000
    assert not re.search("bitrix|битрикс", keywords, re.IGNORECASE)
    words = [word.strip() for word in keywords.split(",")]
    assert all(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_five_tags_at_most(language: str) -> None:
    tags = [tag.strip() for tag in text(language, "tags").split(",")]
    assert all(tags)
    assert len(set(tags)) == len(tags) <= 5
    assert not re.search("bitrix|битрикс", text(language, "tags"), re.IGNORECASE)


@pytest.mark.parametrize(
    ("language", "quoted"), [("en", r"\*([^*→\n]+)\*"), ("ru", r"«([^»→\n]+)»")]
)
def test_what_the_moderator_presses_is_called_so_on_the_pages(language: str, quoted: str) -> None:
    with PHRASES.open("rb") as file:
        phrases = [message for message in read_po(file) if isinstance(message.id, str)]
    known = {str(one.id if language == "en" else one.string) for one in phrases}
    wanted = set(re.findall(quoted, text(language, "moderator").replace("**", "")))
    assert len(wanted) >= 10
    assert sorted(wanted - known) == []


@pytest.mark.parametrize(
    ("language", "limits"),
    [
        ("en", ["plan", "administrator", "Self-hosted", "tasks.flow.Flow.list"]),
        ("ru", ["тариф", "администратор", "Коробочный", "tasks.flow.Flow.list"]),
    ],
)
def test_the_full_description_names_the_limits(language: str, limits: list[str]) -> None:
    assert [limit for limit in limits if limit not in text(language, "full")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_installation_is_told_in_steps(language: str) -> None:
    steps = re.findall(r"^(\d)\. ", text(language, "installation"), re.MULTILINE)
    assert steps == [str(number + 1) for number in range(len(steps))]
    assert len(steps) >= 3


@pytest.mark.parametrize("name", TEXTS)
def test_english_texts_lead_to_nothing_russian(name: str) -> None:
    english = text("en", name)
    assert not re.search("[а-яё]|\\.ru\\b", english, re.IGNORECASE)


def test_the_moderator_is_told_every_right_and_role() -> None:
    for language in LANGUAGES:
        told = text(language, "moderator")
        assert [scope for scope in MANIFEST["scopes"] if f"`{scope}`" not in told] == []


def test_the_icon_is_square_and_not_transparent() -> None:
    assert picture(CARD / "icon.png") == (500, 500, RGB)
    assert "bitrix" not in (CARD / "icon.svg").read_text(encoding="utf-8").lower()


def test_both_languages_have_the_same_pictures() -> None:
    english, russian = (
        [file.name for file in sorted((CARD / language).glob("*.png"))] for language in LANGUAGES
    )
    assert english == russian
    assert len(english) >= 3


@pytest.mark.parametrize("file", sorted(CARD.glob("??/*.png")), ids=lambda file: str(file))
def test_pictures_are_as_large_as_the_market_takes(file: Path) -> None:
    wide, high, colours = picture(file)
    assert (wide, high, colours) == (1280, 720, RGB)


def test_the_readme_shows_one_of_them() -> None:
    assert "](docs/market/en/" in Path("README.md").read_text(encoding="utf-8")
