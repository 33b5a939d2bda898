"""The pages can be read: the contrast of every pair of colours in use, from the style sheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[3] / "bx24app/web/static/app.css").read_text(encoding="utf-8")
COLOURS = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\b", CSS))
TEXT, CONTROL = 4.5, 3.0
"""WCAG 2.2: least contrast of text (1.4.3), and of borders, icons and focus (1.4.11)."""

SURFACES = ("card", "card-2", "bg")
READ = [
    *[(text, surface) for text in ("text", "text-2", "text-3", "link") for surface in SURFACES],
    *[("text", soft) for soft in ("info-bg", "ok-bg", "warn-bg", "bad-bg")],
    *[("text-2", soft) for soft in ("info-bg", "bad-bg", "warn-bg", "line-soft")],
    *[("text-3", soft) for soft in ("info-bg", "bad-bg", "warn-bg", "ok-bg")],
    *[("link", soft) for soft in ("info-bg", "ok-bg", "warn-bg", "bad-bg")],
    *[("on-primary", filled) for filled in ("primary", "primary-hover", "bad")],
    *[(word, "card") for word in ("ok", "warn", "bad")],
    *[("ok", "ok-bg"), ("warn", "warn-bg"), ("bad", "bad-bg")],
    *[("warn", "card-2"), ("warn", "info-bg")],
]
SEEN = [
    *[(drawn, "card") for drawn in ("line-strong", "primary", "bad", "text-3")],
    *[(drawn, "bg") for drawn in ("line-strong", "primary")],
    *[("bad", "bad-bg"), ("warn", "warn-bg"), ("ok", "ok-bg"), ("primary", "info-bg")],
]


def luminance(colour: str) -> float:
    """The relative luminance of a hexadecimal colour, as WCAG defines it."""
    digits = colour.lstrip("#")
    full = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    channels = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_that_of_the_guidelines() -> None:
    assert contrast("#fff", "#000") == pytest.approx(21)
    assert contrast("#ffffff", "#0075ff") == pytest.approx(4.21, abs=0.005)


@pytest.mark.parametrize(("text", "surface"), READ, ids="-on-".join)
def test_text_can_be_read(text: str, surface: str) -> None:
    assert contrast(COLOURS[text], COLOURS[surface]) >= TEXT


@pytest.mark.parametrize(("drawn", "surface"), SEEN, ids="-on-".join)
def test_controls_can_be_seen(drawn: str, surface: str) -> None:
    assert contrast(COLOURS[drawn], COLOURS[surface]) >= CONTROL


def test_colours_are_named_once_and_used_by_name() -> None:
    """A colour written into a rule would be outside of the tables above."""
    rules = CSS[CSS.index("}") :]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)
