"""`flask health`: look at the flows of portals, as the operator."""

from __future__ import annotations

import click

from bx24app.cli_group import Commands
from bx24app.errors import Error
from bx24app.portals.state import Status
from bx24app.web.context import container

health = Commands("health", help="Which flows are in trouble.")


@health.command()
@click.option("--portal", "member_id", help="The portal's member_id.")
@click.option("--all", "everywhere", is_flag=True, help="Every portal.")
def look(member_id: str | None, everywhere: bool) -> None:
    """Look at portals now, and print what is wrong: portal, severity, code, flow."""
    if bool(member_id) == everywhere:
        raise click.UsageError("Give either --portal or --all.")
    portals = container().portals
    chosen = portals.all() if member_id is None else [portals.find(member_id)]
    failed = 0
    for portal in chosen:
        if member_id is None and portal.status is not Status.ACTIVE:
            continue
        try:
            container().health.look(container().access.as_installer(portal))
        except Error as error:
            if member_id is not None:
                raise
            failed += 1
            click.echo(f"{portal.member_id}\t{error.code}", err=True)
            continue
        for one in container().health.findings.all(portal.member_id):
            if one.muted_until is None:
                click.echo(f"{portal.member_id}\t{one.severity}\t{one.code}\t{one.name}")
    if failed:
        raise click.ClickException(f"{failed} portals could not be looked at.")
