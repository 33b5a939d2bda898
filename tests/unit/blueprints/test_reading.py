"""Documents are read safely: every problem with line and pointer, and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bx24app.blueprints.nodes import LARGEST, DocumentTooLarge, InvalidDocument
from bx24app.blueprints.reading import read_document
from bx24app.blueprints.writing import write_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    "a \n:-#'\"%&*!|>[]{},?$017e.~\t"
)
VALUES = st.recursive(
    st.booleans() | st.integers(-(10**17), 10**17) | st.none() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


def findings(text: str | bytes) -> list[tuple[str, int | None, str]]:
    """Pointer, line and code of everything wrong with a text."""
    with pytest.raises(InvalidDocument) as refused:
        read_document(text)
    return [(one.pointer, one.line, one.code) for one in refused.value.problems]


def test_words_are_read_as_yaml_1_2_has_it() -> None:
    text = "a: yes\nb: [no, on, off]\nc: 12\nd: true\ne: ~\nf: '012'\non: 1\n"
    assert read_document(text).plain() == {
        "a": "yes", "b": ["no", "on", "off"], "c": 12, "d": True, "e": None, "f": "012", "on": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "word", ["017", "0o17", "0x1F", "1_000", "1:30", "1e3", ".5", "+5", ".inf", "2026-01-01"]
)
def test_what_can_be_read_in_two_ways_is_refused(word: str) -> None:
    assert findings(f"a: 1\nb: {word}\n") == [("/b", 2, "ambiguous")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: &x 1\nb: *x\n", [("/a", 1, "anchor"), ("/b", 2, "anchor")]),
        ("a: !!python/object:os.system {}\n", [("/a", 1, "tag")]),
        ("a: 1\nb: 2\na: 3\n", [("/a", 3, "duplicate_key")]),
        ("a: 1\n---\nb: 2\n", [("", 3, "second_document")]),
        ("%YAML 1.1\n---\na: 1\n", [("", 1, "directive")]),
        ("? [a]\n: 1\n", [("", 1, "bad_key")]),
        ("a: {b: 1\n", [("", 2, "unreadable")]),
        ("a: \x00\n", [("", None, "unreadable")]),
        (b"a: \xff\n", [("", None, "unreadable")]),
        ('{"a": 1, "a": 2}', [("/a", 1, "duplicate_key")]),
    ],
)
def test_everything_else_that_yaml_knows_is_refused(
    text: str | bytes, found: list[tuple[str, int | None, str]]
) -> None:
    assert findings(text) == found


@pytest.mark.parametrize("opening", ["[", '{"a":', "- "])
def test_depth_is_bounded(opening: str) -> None:
    assert findings(opening * 20_000)[0][2] in ("too_deep", "unreadable")


def test_length_is_bounded() -> None:
    with pytest.raises(DocumentTooLarge):
        read_document("a: " + "x" * LARGEST)


@given(VALUES)
def test_what_was_written_is_read_as_the_same(value: object) -> None:
    assert read_document(write_yaml({"k": value})).plain() == {"k": value}
