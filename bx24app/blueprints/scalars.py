"""What a word of YAML 1.2 means; refused where a reader of YAML 1.1 would take it otherwise."""

from __future__ import annotations

import re
from typing import Any

NULLS = ("", "~", "null", "Null", "NULL")
TRUE, FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})")
FRACTION = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
TWO_WAYS = re.compile(
    r"[-+]?[0-9][0-9_,]*([.][0-9_]*)?([eE][-+]?[0-9]+)?"  # 017, 1_000, 1e3, +5
    r"|[-+]?[.][0-9][0-9_]*([eE][-+]?[0-9]+)?"
    r"|[-+]?0[box][0-9a-fA-F_]+"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+([.][0-9_]*)?"  # 1:30 is ninety in YAML 1.1
    r"|[-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"
    r"|<<|="
)
"""Numbers and dates that readers of YAML take for different things."""


class Ambiguous(ValueError):
    """The word could be read in two ways."""


def parse_plain(text: str) -> Any:
    """The value of a word without quotes; raises Ambiguous where it is not clear.

    `yes`, `no`, `on` and `off` are texts, as YAML 1.2 has it.
    """
    if text in NULLS:
        return None
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    if WHOLE.fullmatch(text):
        return int(text)
    if FRACTION.fullmatch(text):
        return float(text)
    if TWO_WAYS.fullmatch(text):
        raise Ambiguous(text)
    return text


def is_plain_text(text: str) -> bool:
    """Whether a text may stand without quotes and is still read as the same text."""
    try:
        return bool(parse_plain(text) == text)
    except Ambiguous:
        return False
