"""Files with documents on the command line: reading them, and listing what is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bx24app.blueprints.nodes import InvalidDocument, Node
from bx24app.blueprints.reading import read_document
from bx24app.blueprints.resolving import Unresolved


def read_file(file: str) -> Node:
    """The nodes of a document in a file, `-` for standard input; raises InvalidDocument."""
    return read_document(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())


def read_values(file: str | None) -> Mapping[str, Any]:
    """The map in a file of YAML or JSON; empty without a file."""
    if not file:
        return {}
    try:
        found = read_document(Path(file).read_bytes()).plain()
    except InvalidDocument as error:
        raise click.ClickException(f"{file}: {error.problems[0]}") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{file} is not a map.")
    return found


def read_mapping(file: str | None) -> dict[str, int]:
    """What texts mean on a portal, from a file; empty without one."""
    try:
        return {str(text): int(number) for text, number in read_values(file).items()}
    except (TypeError, ValueError):
        raise click.ClickException(f"{file} must have a number for each text.") from None


@contextmanager
def problems_listed(file: str, *, quiet: bool) -> Iterator[None]:
    """Print every problem of a document unless `quiet`, then fail with one line."""
    try:
        yield
    except InvalidDocument as error:
        problems = error.problems
        for problem in problems if not quiet else ():
            line = getattr(problem, "line", None)
            place = f"{file}:{line}" if line else file
            click.echo(f"{place}: {problem.pointer or '/'}: {problem}")
        first = f"{problems[0].pointer or '/'}: {problems[0]}"
        words = first if len(problems) == 1 else f"{len(problems)} problems, the first: {first}"
        raise click.ClickException(words) from None
    except Unresolved as error:
        references = error.members["references"]
        for one in references if not quiet else ():
            offered = ", ".join(f"{two['id']} {two['name']}" for two in one["candidates"])
            click.echo(f"{file}: {one['pointer']}: {one['kind']} “{one['text']}”: {offered or '-'}")
        texts = ", ".join(f"“{one['text']}”" for one in references)
        raise click.ClickException(f"Not found without doubt: {texts}. Use --mapping.") from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None


def print_text(text: str) -> None:
    """Print a text as it is; half of a surrogate pair, which no terminal takes, is replaced."""
    click.echo(text.encode("utf-8", "replace").decode(), nl=False)
