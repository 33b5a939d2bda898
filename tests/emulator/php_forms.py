"""PHP's way with forms: nested values in brackets, empty arrays, lists that are maps."""

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl

KEY = re.compile(r"\[([^\]]*)\]")


def parse_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """Turn flat pairs such as ("a[b][0]", "c") into nested values, as PHP does.

    Every value is a string; maps with the keys 0, 1, 2 … are given as lists.
    """
    tree: dict[str, object] = {}
    for name, value in pairs:
        put(tree, path_of(name), value)
    return {key: listed(value) for key, value in tree.items()}


def parse_query(text: str) -> dict[str, object]:
    """Parse a urlencoded text (a query, a raw body, a call of a batch) with PHP's brackets."""
    return parse_pairs(parse_qsl(text, keep_blank_values=True))


def path_of(name: str) -> list[str]:
    """Split `a[b][]` into its steps; a name with a broken bracket is one step."""
    head, bracket, rest = name.partition("[")
    if not head or not bracket or "]" not in rest:
        return [name]
    return [head, *KEY.findall(bracket + rest)]


def put(tree: dict[str, object], path: list[str], value: str) -> None:
    """Put a value at its place; an empty step takes the next free number."""
    for step in path[:-1]:
        place = step or next_number(tree)
        inner = tree.get(place)
        if not isinstance(inner, dict):
            inner = tree[place] = {}
        tree = inner
    last = path[-1] or next_number(tree)
    tree[last] = value


def next_number(tree: Mapping[str, object]) -> str:
    """Give the number that PHP's `[]` would take."""
    return str(max((int(key) for key in tree if key.isdigit()), default=-1) + 1)


def listed(value: object) -> object:
    """Turn maps with the keys 0, 1, 2 … into lists, at every depth."""
    if not isinstance(value, dict):
        return value
    inner = {key: listed(item) for key, item in value.items()}
    if list(inner) == [str(number) for number in range(len(inner))]:
        return list(inner.values())
    return inner


def flat_pairs(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Write nested values as flat pairs with brackets; an empty array leaves nothing."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flat_pairs(item, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from flat_pairs(item, f"{name}[{number}]")
    else:
        yield name, as_text(value)


def as_text(value: object) -> str:
    """Write a scalar as PHP's string conversion does."""
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)


def php_array(items: Mapping[str, object]) -> object:
    """Give a map as PHP's json_encode writes an array: `[]` when empty, a list if so numbered."""
    if list(items) == [str(number) for number in range(len(items))]:
        return list(items.values())
    return dict(items)
