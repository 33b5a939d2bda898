"""The operator's commands: the schema, API keys, portals, and the stored tokens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
from flask.cli import AppGroup, ScriptInfo

from bx24app.errors import Error
from bx24app.portals.attention import attention_of
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


@contextmanager
def _one_line(info: ScriptInfo | None) -> Iterator[None]:
    """Turn whatever is raised into one line; logging is off meanwhile."""
    # A traceback in the log would bury the one line.
    logging.disable(logging.CRITICAL)
    try:
        yield
    except (click.exceptions.Exit, click.Abort, click.exceptions.NoArgsIsHelpError, OSError):
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


db = Commands("db", help="The schema of the database.")
api_keys = Commands("api-keys", help="API keys.")
portals = Commands("portals", help="Portals that have installed the application.")
tokens = Commands("tokens", help="Stored OAuth tokens.")
GROUPS = (db, api_keys, portals, tokens)


@db.command("upgrade")
@click.argument("revision", default="head")
def db_upgrade(revision: str) -> None:
    """Bring the schema up to date."""
    schema.upgrade(container().config.database_url, revision)


@db.command("downgrade")
@click.argument("revision")
def db_downgrade(revision: str) -> None:
    """Take the schema back to a revision."""
    schema.downgrade(container().config.database_url, revision)


@db.command("revise")
@click.argument("message")
def db_revise(message: str) -> None:
    """Write the next migration, from what changed in the models."""
    schema.revise(container().config.database_url, message)


@api_keys.command("create")
@click.option("--operator", is_flag=True, help="Opens every portal.")
@click.option("--portal", "member_id", metavar="MEMBER_ID", help="Opens this portal only.")
@click.option("--label", default="", help="What it is for.")
def api_keys_create(operator: bool, member_id: str | None, label: str) -> None:
    """Make a key and print it; it cannot be shown again."""
    # A key for all portals has to be asked for; forgetting --portal must not make one.
    if operator == bool(member_id):
        raise click.UsageError("Give either --operator or --portal MEMBER_ID.")
    click.echo(container().api_keys.create(member_id, label))


@api_keys.command("list")
def api_keys_list() -> None:
    """List keys: number, portal, state, last use, label."""
    for key in container().api_keys.all():
        state = "revoked" if key.revoked_at else "active"
        used = key.used_at.strftime("%Y-%m-%d %H:00 UTC") if key.used_at else "never used"
        click.echo(f"{key.id}\t{key.member_id or 'operator'}\t{state}\t{used}\t{key.label}")


@api_keys.command("revoke")
@click.argument("key_id", metavar="ID", type=int)
def api_keys_revoke(key_id: int) -> None:
    """Stop a key from working."""
    container().api_keys.revoke(key_id)
    click.echo(f"Key {key_id} is revoked.")


@portals.command("list")
def portals_list() -> None:
    """List portals: identity, address, status, authorization, day of installation, attention."""
    for portal in container().portals.all():
        day = portal.installed_at.strftime("%Y-%m-%d")
        authorization = portal.authorization
        if portal.authorization_reason:
            authorization += f" ({portal.authorization_reason})"
        codes = ",".join(one.code for one in attention_of(portal, container().manifest))
        row = (portal.member_id, portal.domain, portal.status, authorization, day, codes)
        click.echo("\t".join(row).rstrip("\t"))


@portals.command("forget")
@click.argument("member_id")
def portals_forget(member_id: str) -> None:
    """Remove everything about a portal."""
    container().portals.forget(member_id)
    click.echo("Everything about the portal is removed.")


@portals.command("verify")
@click.option("--unseen", type=click.IntRange(min=0), default=7, show_default=True, metavar="DAYS",
              help="Ask those that were not heard of for so long.")  # fmt: skip
@click.option("--again", type=click.IntRange(min=0), default=20, show_default=True, metavar="HOURS",
              help="Remove those that said no twice, at least so far apart.")  # fmt: skip
def portals_verify(unseen: int, again: int) -> None:
    """Ask doubtful portals whether we are still installed; run it daily.

    Removes everything about those that said no twice.
    """
    # Two refusals, hours apart: a single one may be a fault of Bitrix24.
    done = container().verification.verify_all(timedelta(days=unseen), timedelta(hours=again))
    for portal in done.removed:
        click.echo(f"{portal.member_id}\t{portal.domain}\tremoved")
    click.echo(f"{done.asked} asked, {len(done.removed)} removed.")


@tokens.command("keep-alive")
@click.option("--limit", default=100, show_default=True, help="Tokens at most.")
def tokens_keep_alive(limit: int) -> None:
    """Refresh tokens that nobody has used for months; run it daily."""
    click.echo(f"{container().tokens.keep_alive(limit)} tried.")


@tokens.command("reencrypt")
def tokens_reencrypt() -> None:
    """Re-encrypt every token with the first of BX24_ENCRYPTION_KEYS."""
    # Application tokens have the same keys; an old key may only go when both are done.
    count = container().tokens.reencrypt() + container().portals.reencrypt()
    click.echo(f"{count} re-encrypted.")
