"""Compares what somebody typed with names, and forgives the usual slips.

The dots of ё, the wrong keyboard layout (`dthf` for «вера», `фдшсу` for “alice”), another order of
words and one typing error in a word do no harm. Bitrix24 forgives none of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
CYRILLIC = "ёйцукенгшщзхъфывапролджэячсмитьбю"
"""The letters of the same keys of an English and a Russian keyboard."""
TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
TO_LATIN = str.maketrans(CYRILLIC, LATIN)
WORTH_MENDING = 4
"""Letters of a word in which a typing error is looked for: short words resemble too many."""


def fold(text: str) -> str:
    """A text for comparing: without regard to case, blanks around and the dots of ё."""
    return text.strip().casefold().replace("ё", "е")


def best_matches(query: str, things: Iterable[T], text_of: Callable[[T], str]) -> list[T]:
    """The things whose texts hold every word that was typed; those with an error only if none do.

    `text_of` gives all that a thing may be found by: a name, a position.
    """
    texts = [(fold(text_of(thing)), thing) for thing in things]
    readings = _readings(query)
    exact = [thing for text, thing in texts if any(_holds(text, words) for words in readings)]
    if exact:
        return exact
    return [thing for text, thing in texts if any(_resembles(text, words) for words in readings)]


def _readings(query: str) -> list[list[str]]:
    """The words of a query as they were typed, and as the other keyboard layout writes them."""
    typed = query.strip().casefold()
    ways = dict.fromkeys((typed, typed.translate(TO_CYRILLIC), typed.translate(TO_LATIN)))
    return [fold(way).split() for way in ways]


def _holds(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def _resembles(text: str, words: list[str]) -> bool:
    present = text.split()
    return all(
        word in text or any(_begins_with_error(other, word) for other in present) for word in words
    )


def _begins_with_error(text: str, word: str) -> bool:
    """Whether a text begins with the word but for one letter: wrong, missing, extra or swapped."""
    if len(word) < WORTH_MENDING:
        return False
    return any(
        _one_error_apart(text[:length], word)
        for length in range(len(word) - 1, len(word) + 2)
        if length <= len(text)
    )


def _one_error_apart(one: str, other: str) -> bool:
    # What is left after the common beginning and end is the error.
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    swapped = len(one) == 2 and one == other[::-1]
    return swapped or (len(one) <= 1 and len(other) <= 1)
