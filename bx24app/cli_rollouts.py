"""The commands `rollouts`: start one on many portals, and look at one."""

from __future__ import annotations

import json
import sys
import time

import click

from bx24app.cli_documents import print_text, problems_listed, read_file, read_values
from bx24app.cli_group import Commands
from bx24app.portals.author import OPERATOR
from bx24app.rollouts.rollout import STOP_AFTER, WAVES, InvalidOrder, Order, PortalProgress, Rollout
from bx24app.web.api.shown_rollouts import rollout_document
from bx24app.web.context import container

LOOK = 0.3
"""Seconds between two looks at a rollout that is carried out."""
BAR = 30
"""Characters of the bar on a terminal."""

rollouts = Commands("rollouts", help="One document on many portals: start, show.")


@rollouts.command("start")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--portals", metavar="M,M|all", required=True, help="In the order of the waves.")
@click.option("--variables", type=click.Path(dir_okay=False),
              help="A file: values of variables, by portal.")  # fmt: skip
@click.option("--mapping", type=click.Path(dir_okay=False),
              help="A file: what texts mean, by portal.")  # fmt: skip
@click.option("--waves", metavar="N,N", help="How many portals each wave has; then the rest.")
@click.option("--stop-after-failures", type=float, default=STOP_AFTER, show_default=True,
              metavar="SHARE", help="The share of failures that ends it.")  # fmt: skip
@click.option("--accept", multiple=True, metavar="CODE", help="Accept something unsafe.")
@click.option("--wait", is_flag=True, help="Show the progress and wait for the end.")
@click.pass_context
def start(
    context: click.Context,
    file: str,
    portals: str,
    variables: str | None,
    mapping: str | None,
    waves: str | None,
    stop_after_failures: float,
    accept: tuple[str, ...],
    wait: bool,
) -> None:
    """Roll a document out; prints the rollout's id."""
    with problems_listed(file, quiet=False):
        document = read_file(file)
        order = Order(
            None if portals == "all" else [one.strip() for one in portals.split(",")],
            dict(read_values(variables)),
            _mappings(mapping),
            _numbers(waves) if waves else WAVES,
            stop_after_failures,
            frozenset(accept),
        )
        try:
            # Without `--wait` this process ends now, and would leave what it has begun.
            begun = container().rollouts.start(document, order, OPERATOR, here=wait)
        except InvalidOrder as error:
            words = "; ".join(f"{one.pointer}: {one}" for one in error.problems[:5])
            raise click.ClickException(words) from None
    click.echo(begun.id)
    if wait:
        ended = _wait(begun)
        context.exit(0 if ended.status == "done" else 1)


@rollouts.command("show")
@click.argument("number", metavar="ID", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print what the API gives.")
def show(number: int, as_json: bool) -> None:
    """Show how far a rollout has come."""
    found = container().rollouts.get(number)
    if as_json:
        print_text(json.dumps(rollout_document(found), ensure_ascii=False) + "\n")
        return
    for portal in found.portals:
        print_text(_line(portal) + "\n")
    print_text(f"Rollout {found.id}, {found.status}: {_told(found)}.\n")


def _wait(begun: Rollout) -> Rollout:
    """The rollout once it has ended; progress goes to standard error."""
    terminal = sys.stderr.isatty()
    shown: dict[str, str] = {}
    while True:
        now: Rollout = container().rollouts.get(begun.id)
        for portal in now.portals:
            if portal.status in ("done", "failed") and shown.get(portal.member_id) != portal.status:
                shown[portal.member_id] = portal.status
                click.echo(("\r\033[K" if terminal else "") + _line(portal), err=True)
        if terminal:
            click.echo(f"\r\033[K{_bar(now)}", nl=False, err=True)
        if now.over:
            click.echo(("\n" if terminal else "") + f"{now.status}: {_told(now)}", err=True)
            return now
        time.sleep(LOOK)


def _bar(rollout: Rollout) -> str:
    progress = rollout.progress
    full = BAR * (progress["done"] + progress["failed"]) // max(progress["total"], 1)
    return f"[{'#' * full}{'.' * (BAR - full)}] {_told(rollout)}"


def _told(rollout: Rollout) -> str:
    return "{done} of {total} done, {failed} failed, {waiting} waiting".format(**rollout.progress)


def _line(portal: PortalProgress) -> str:
    """A portal in one line, without anything that moves a cursor."""
    told = [f"{count} {kind}" for kind, count in (portal.summary or {}).items() if count]
    words = [portal.member_id, portal.status]
    if portal.failure:
        text = portal.failure.message
        words += [
            portal.failure.code,
            text % portal.failure.facts if portal.failure.facts else text,
        ]
    elif told:
        words.append(", ".join(told))
    line = "\t".join(words)
    return "".join(one if one.isprintable() or one == "\t" else " " for one in line)


def _mappings(file: str | None) -> dict[str, dict[str, int]]:
    found = read_values(file)
    try:
        return {
            member_id: {str(text): int(number) for text, number in texts.items()}
            for member_id, texts in found.items()
        }
    except (AttributeError, TypeError, ValueError):
        raise click.ClickException(f"{file} is not a map of maps, by portal.") from None


def _numbers(text: str) -> list[int]:
    try:
        return [int(one) for one in text.split(",")]
    except ValueError:
        raise click.BadParameter("--waves are numbers, separated by commas.") from None
