"""The operator's commands: the schema, API keys, portals, tokens, flows as code, rollouts."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import click
from flask import Flask

from bx24app.cli_blueprints import blueprints
from bx24app.cli_group import Commands
from bx24app.cli_health import health
from bx24app.cli_journal import journal
from bx24app.cli_market import market
from bx24app.cli_rollouts import rollouts
from bx24app.portals.attention import attention_of
from bx24app.store import schema
from bx24app.web.context import container

db = Commands("db", help="The schema of the database.")
api_keys = Commands("api-keys", help="API keys.")
portals = Commands("portals", help="Portals that have installed the application.")
tokens = Commands("tokens", help="Stored OAuth tokens.")
GROUPS = (db, api_keys, portals, tokens, journal, blueprints, rollouts, health, market)


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
@click.option("--unseen", type=click.IntRange(0, 36_500), default=7, show_default=True,
              metavar="DAYS", help="Ask those that were not heard of for so long.")  # fmt: skip
@click.option(
    "--again",
    type=click.IntRange(0, 876_000),
    default=20,
    show_default=True,
    metavar="HOURS",
    help="Remove those that said no twice, at least so far apart.",
)
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
@click.option(
    "--limit",
    type=click.IntRange(1, 1_000_000),
    default=100,
    show_default=True,
    help="Tokens at most.",
)
def tokens_keep_alive(limit: int) -> None:
    """Refresh tokens that nobody has used for months; run it daily."""
    click.echo(f"{container().tokens.keep_alive(limit)} tried.")


@tokens.command("reencrypt")
def tokens_reencrypt() -> None:
    """Re-encrypt every token with the first of BX24_ENCRYPTION_KEYS."""
    # Application tokens have the same keys; an old key may only go when both are done.
    count = container().tokens.reencrypt() + container().portals.reencrypt()
    click.echo(f"{count} re-encrypted.")


def needs_nothing(arguments: list[str]) -> bool:
    """Whether a command line is that of `blueprints check`."""
    return any(pair == ("blueprints", "check") for pair in pairwise(arguments))


def bare_app() -> Flask:
    """An application that can only check documents: without settings and database."""
    app = Flask("bx24app", static_folder=None)
    app.cli.add_command(blueprints)
    return app
