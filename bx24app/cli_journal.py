"""The command that writes the kept REST exchanges of a portal, for Bitrix24's support."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click

from bx24app.cli_group import Commands
from bx24app.store.models import ExchangeRow
from bx24app.web.context import container

journal = Commands("journal", help="REST exchanges with portals, kept for some days.")


class Moment(click.ParamType):
    """A moment in ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it, or say what one looks like."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-11-25T09:30:00Z.", param, ctx)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@journal.command("export")
@click.option("--portal", "member_id", required=True, metavar="MEMBER_ID", help="Of this portal.")
@click.option("--since", type=Moment(), metavar="TIME", help="Those sent at that time or later.")
def journal_export(member_id: str, since: datetime | None) -> None:
    """Write the exchanges as JSON lines, oldest first; secrets are masked."""
    portal = container().portals.find(member_id)
    for row in container().journal.read(portal.member_id, since):
        click.echo(json.dumps(_line(row), ensure_ascii=False))


def _line(row: ExchangeRow) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": row.method,
        "status": row.status,
        "error": row.error,
        "request": _content(row.request),
        "response": _content(row.response),
        "cut": row.cut,
    }


def _content(text: str) -> Any:
    """A kept body as it was; the beginning of one that was cut stays a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
