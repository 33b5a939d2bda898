"""PHP's way of writing nested values into a query string, as `batch` wants its commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode


def encode(params: Mapping[str, Any]) -> str:
    """Write `{"a": {"b": [True]}}` as `a[b][0]=1`, escaped.

    Booleans become 1 and 0, since the portal reads any other word as true. Empty lists vanish,
    as PHP itself would have it. Raises ValueError for None, which this notation cannot carry.
    """
    return urlencode([pair for name, value in params.items() for pair in _pairs(name, value)])


def can_encode(value: Any) -> bool:
    """Whether a value survives the notation.

    Nulls, empty lists and fractions do not; nor does text that a batch would take for a reference
    to another result (`$result[...]`).
    """
    if isinstance(value, Mapping):
        return bool(value) and all(can_encode(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return bool(value) and all(can_encode(inner) for inner in value)
    return isinstance(value, int) or (isinstance(value, str) and "$result" not in value)


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]", inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _pairs(f"{name}[{index}]", inner)
    elif value is None:
        # An empty text instead would be a value to many fields.
        raise ValueError(f"{name}: null cannot travel through batch")
    else:
        yield name, str(int(value)) if isinstance(value, bool) else str(value)
