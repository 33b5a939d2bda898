"""The command that checks what a reviewer of the Market checks."""

from __future__ import annotations

import click

from bx24app import market as checks
from bx24app.cli_group import Commands
from bx24app.web.context import container

market = Commands("market", help="What the Market asks of the application.")


@market.command("check")
@click.option("--url", metavar="URL", help="The installation; BX24_PUBLIC_URL unless given.")
def market_check(url: str | None) -> None:
    """Go through what a reviewer checks; ends with 1 where something fails."""
    services = container()
    failed = False
    for point in checks.check(
        url or services.config.public_url, services.config, services.manifest
    ):
        # At once: each of them may take seconds.
        click.echo(f"{point.verdict}\t{point.what}")
        failed = failed or point.verdict == checks.FAILS
    if failed:
        raise click.exceptions.Exit(1)
