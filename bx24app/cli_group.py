"""A group of commands of the operator: failures are one line, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup, ScriptInfo

from bx24app.errors import Error
from bx24app.store import schema
from bx24app.store.database import DatabaseAway
from bx24app.web.context import container


class Commands(AppGroup):
    """A group of commands that fail with one line on standard error and the exit code 1."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Parse the group's own arguments."""
        # No application yet: parsing must fail in the same manner.
        with _one_line(None):
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _one_line(ctx.find_object(ScriptInfo)):
            return super().invoke(ctx)


class ApplicationCommands(AppGroup):
    """All groups of the application; an unknown one fails with one line as well."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The group of that name; raises ClickException."""
        found = super().get_command(ctx, name)
        if found is None:
            # Flask would print three lines, of which two speak of its own usage.
            raise click.ClickException(f"No such command '{name}'. Try 'flask --app app --help'.")
        return found


@contextmanager
def _one_line(info: ScriptInfo | None) -> Iterator[None]:
    """Turn whatever is raised into one line; logging is off meanwhile."""
    # A traceback in the log would bury the one line.
    logging.disable(logging.CRITICAL)
    try:
        yield
    except (click.exceptions.Exit, click.Abort, OSError):
        raise  # click handles these itself
    except click.ClickException as error:
        raise click.ClickException(_first_line(error.format_message())) from None
    except Exception as error:
        # What a library says of a database is less than what we find out ourselves.
        known = isinstance(error, Error) and not isinstance(error, DatabaseAway)
        problem = "" if known or info is None else _problem(info)
        if problem == schema.NOT_CURRENT:
            problem += "; `flask --app app db upgrade` mends that"
        words = f"The database cannot be used: {problem}." if problem else _first_line(str(error))
        raise click.ClickException(words or type(error).__name__) from None
    finally:
        logging.disable(logging.NOTSET)


def _problem(info: ScriptInfo) -> str:
    with info.load_app().app_context():
        return container().problem()


def _first_line(text: str) -> str:
    return " ".join(text.strip().splitlines()[:1])
