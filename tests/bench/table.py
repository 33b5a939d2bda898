"""The one table that all measurements go into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

HEAD = ("Measured", "Who", "Result", "Ratio")


class Row(NamedTuple):
    """One result; `ratio` compares it with the first row of its measurement, or with an ideal."""

    measured: str
    who: str
    result: str
    ratio: str = ""


def written(rows: Iterable[Row]) -> str:
    """The table in Markdown, its columns in line."""
    lines = [HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    texts = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    texts.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(texts)
