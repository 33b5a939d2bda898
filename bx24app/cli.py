"""The operator's commands: the schema, API keys, portals, and the keys that seal tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import click
from flask import current_app
from flask.cli import AppGroup

from bx24app.errors import Error
from bx24app.house import House
from bx24app.store import schema

db = AppGroup("db", help="The schema of the database.")
keys = AppGroup("keys", help="API keys.")
portals = AppGroup("portals", help="Portals that have installed the application.")
seal = AppGroup("seal", help="The encryption of stored tokens.")
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
    with _told():
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
    with _told():
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
    with _told():
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


class _told:  # noqa: N801  # reads as a verb where it is used
    """Turn an error of ours into one line and a failing exit code."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Say what went wrong."""
        if isinstance(error, Error):
            raise click.ClickException(str(error)) from None
