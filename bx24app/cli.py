"""The operator's commands: the schema, API keys, portals, and the keys that seal tokens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import click
from flask import current_app, has_app_context
from flask.cli import AppGroup

from bx24app.errors import Error
from bx24app.house import House
from bx24app.store import schema
from bx24app.store.database import DatabaseAway


class Commands(AppGroup):
    """A group of commands that fail with one line on standard error and the exit code 1."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Take the group's own words apart."""
        with _one_line():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _one_line():
            return super().invoke(ctx)


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn whatever is raised into one line; the log, which has more, keeps quiet meanwhile."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    except (click.exceptions.Exit, click.Abort, click.exceptions.NoArgsIsHelpError, OSError):
        raise  # click knows what to do
    except click.ClickException as error:
        raise click.ClickException(_first_line(error.format_message())) from None
    except Exception as error:
        # What a library says of a database is less than what we find out ourselves.
        known = isinstance(error, Error) and not isinstance(error, DatabaseAway)
        problem = "" if known or not has_app_context() else house().problem()
        if problem == schema.NOT_CURRENT:
            problem += "; `flask --app app db upgrade` mends that"
        words = f"The database cannot be used: {problem}." if problem else _first_line(str(error))
        raise click.ClickException(words or type(error).__name__) from None
    finally:
        logging.disable(logging.NOTSET)


def _first_line(text: str) -> str:
    return " ".join(text.strip().splitlines()[:1])


db = Commands("db", help="The schema of the database.")
keys = Commands("keys", help="API keys.")
portals = Commands("portals", help="Portals that have installed the application.")
seal = Commands("seal", help="The encryption of stored tokens.")
GROUPS = (db, keys, portals, seal)


def house() -> House:
    """The rooms of the running application."""
    return cast(House, current_app.extensions["bx24app"])


@db.command("upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """Bring the schema up to date."""
    schema.upgrade(house().config.database_url, revision)


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take the schema back to a revision."""
    schema.downgrade(house().config.database_url, revision)


@db.command("revise")
@click.argument("message")
def db_revise(message: str) -> None:
    """Write the next migration, from what changed in the models."""
    schema.revise(house().config.database_url, message)


@keys.command("create")
@click.option("--operator", is_flag=True, help="Opens every portal.")
@click.option("--portal", "member_id", metavar="MEMBER_ID", help="Opens this portal only.")
@click.option("--label", default="", help="What it is for.")
def keys_create(operator: bool, member_id: str | None, label: str) -> None:
    """Make a key and print it; it cannot be shown again."""
    if operator == bool(member_id):
        raise click.UsageError("Give either --operator or --portal MEMBER_ID.")
    click.echo(house().keys.create(member_id, label))


@keys.command("list")
def keys_list() -> None:
    """List keys: number, portal, state, last use, label."""
    for key in house().keys.all():
        state = "revoked" if key.revoked_at else "active"
        used = key.used_at.strftime("%Y-%m-%d %H:00 UTC") if key.used_at else "never used"
        click.echo(f"{key.id}\t{key.member_id or 'operator'}\t{state}\t{used}\t{key.label}")


@keys.command("revoke")
@click.argument("key_id", metavar="ID", type=int)
def keys_revoke(key_id: int) -> None:
    """Stop a key from working."""
    house().keys.revoke(key_id)
    click.echo(f"Key {key_id} is revoked.")


@portals.command("list")
def portals_list() -> None:
    """List portals: identity, address, status, authorization, day of installation."""
    for portal in house().portals.all():
        day = portal.installed_at.strftime("%Y-%m-%d")
        authorization = portal.authorization
        if portal.authorization_reason:
            authorization += f" ({portal.authorization_reason})"
        click.echo(f"{portal.member_id}\t{portal.domain}\t{portal.status}\t{authorization}\t{day}")


@portals.command("forget")
@click.argument("member_id", required=False)
@click.option("--gone", type=click.IntRange(min=0), metavar="DAYS", help="All that left by then.")
def portals_forget(member_id: str | None, gone: int | None) -> None:
    """Remove everything about a portal, or about those that left DAYS ago; run it daily."""
    if (member_id is None) == (gone is None):
        raise click.UsageError("Give either MEMBER_ID or --gone DAYS.")
    if member_id is not None:
        house().portals.forget(member_id)
        click.echo("Everything about the portal is removed.")
    else:
        count = house().portals.forget_gone(timedelta(days=gone or 0))
        click.echo(f"{count} forgotten.")


@portals.command("keep-alive")
@click.option("--limit", default=100, show_default=True, help="Grants at most.")
def portals_keep_alive(limit: int) -> None:
    """Renew grants that nobody has used for months; run it daily."""
    click.echo(f"{house().grants.keep_alive(limit)} tried.")


@seal.command("rotate")
def seal_rotate() -> None:
    """Re-encrypt every token with the first of BX24_SEAL_KEYS."""
    count = house().grants.reseal() + house().portals.reseal()
    click.echo(f"{count} re-encrypted.")
