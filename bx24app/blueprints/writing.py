"""Writes documents as YAML that every reader of YAML takes for the same."""

from __future__ import annotations

from typing import Any

import yaml

from bx24app.blueprints.scalars import is_plain_text


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Quotes exactly the texts that a reader could take for something else."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written twice: anchors would not be read again."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = is_plain_text(text) and text.isprintable()
    lines = text.split("\n")
    readable = len(lines) > 1 and all(line.isprintable() and line == line.strip() for line in lines)
    # In double quotes everything unusual is written by its number, so nothing is folded or lost.
    style = None if plain else "|" if readable and lines[0] else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _other(dumper: yaml.SafeDumper, value: Any) -> yaml.ScalarNode:
    words = {True: "true", False: "false", None: "null"}
    word = words[value] if value is None or isinstance(value, bool) else str(value)
    # As a text for the emitter, which would write a tag beside any other kind.
    return dumper.represent_scalar("tag:yaml.org,2002:str", word)


_Dumper.add_representer(str, _text)
for _kind in (bool, int, type(None)):
    _Dumper.add_representer(_kind, _other)


def write_yaml(document: Any) -> str:
    """A document of texts, numbers, lists and maps as YAML, in its own order."""
    text: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text
