"""The commands `blueprints`: check, export, plan and apply documents of flows."""

from __future__ import annotations

import json
import time

import click

from bx24app.blueprints.document import Document, parse_document
from bx24app.blueprints.plan import Plan
from bx24app.blueprints.planning import Options
from bx24app.blueprints.variables import stand_ins
from bx24app.blueprints.writing import write_yaml
from bx24app.cli_documents import print_text, problems_listed, read_file, read_mapping, read_values
from bx24app.cli_group import Commands
from bx24app.portals.access import Actor
from bx24app.portals.author import OPERATOR
from bx24app.web.api.shown_plans import plan_document
from bx24app.web.context import container

CHANGES = 2
"""The exit code where a plan has something to do."""
SIGNS = {"create": "+", "update": "~", "activate": "~", "deactivate": "~", "delete": "-"}
LOOK = 0.2
"""Seconds between two looks at a plan that is carried out."""

FILE = click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
PORTAL = click.option("--portal", "member_id", metavar="MEMBER_ID", required=True)
VARIABLES = click.option(
    "--variables", type=click.Path(dir_okay=False), help="A file with values of variables."
)
MAPPING = click.option(
    "--mapping", type=click.Path(dir_okay=False), help="A file: what texts mean on this portal."
)
PRUNE = click.option("--prune", is_flag=True, help="Delete owned flows that it does not name.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print what the API gives.")

blueprints = Commands("blueprints", help="Documents of flows: check, export, plan, apply.")


@blueprints.command("check")
@FILE
@VARIABLES
def check(file: str, variables: str | None) -> None:
    """Check a document; needs no database, no network and no settings."""
    with problems_listed(file, quiet=False):
        node = read_file(file)
        # A list that is empty here is filled in on each portal.
        document = parse_document(node, stand_ins(node) | dict(read_values(variables)))
    click.echo(f"{file}: {len(document.flows)} flows, no problems.")


@blueprints.command("export")
@PORTAL
@click.option("--people", type=click.Choice(["email", "name"]), default="name", show_default=True)
@click.option("--ids", metavar="ID,ID", help="These flows only.")
@AS_JSON
def export(member_id: str, people: str, ids: str | None, as_json: bool) -> None:
    """Print the flows of a portal as a document."""
    try:
        numbers = [int(number) for number in ids.split(",")] if ids else None
    except ValueError:
        raise click.ClickException("--ids must be numbers with commas between them.") from None
    document = container().blueprints.export(_actor(member_id), numbers, emails=people == "email")
    print_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n" if as_json
           else write_yaml(document))  # fmt: skip


@blueprints.command("plan")
@FILE
@PORTAL
@VARIABLES
@MAPPING
@PRUNE
@AS_JSON
@click.pass_context
def plan(
    context: click.Context,
    file: str,
    member_id: str,
    variables: str | None,
    mapping: str | None,
    prune: bool,
    as_json: bool,
) -> None:
    """Print what a document would change; ends with 2 where there is something to do."""
    made = _plan(file, member_id, variables, mapping, prune, as_json)
    _show(made, as_json)
    context.exit(0 if made.empty else CHANGES)


@blueprints.command("apply")
@FILE
@PORTAL
@VARIABLES
@MAPPING
@PRUNE
@AS_JSON
@click.option("--yes", is_flag=True, help="Apply the plan instead of only printing it.")
@click.option("--accept", multiple=True, metavar="CODE", help="Accept something unsafe.")
@click.pass_context
def apply(
    context: click.Context,
    file: str,
    member_id: str,
    variables: str | None,
    mapping: str | None,
    prune: bool,
    as_json: bool,
    yes: bool,
    accept: tuple[str, ...],
) -> None:
    """Print what a document would change, and with --yes apply it and wait for the end."""
    made = _plan(file, member_id, variables, mapping, prune, as_json)
    if not yes:
        _show(made, as_json)
        context.exit(0 if made.empty else CHANGES)
    # Only what this plan has: a pipeline may always name what it accepts.
    codes = {one.code for one in made.unsafe} & set(accept)
    container().blueprints.apply(member_id, made.id, made.digest, codes, OPERATOR)
    ended = _wait(member_id, made.id)
    _show(ended, as_json)
    context.exit(0 if ended.status == "applied" else 1)


def _plan(
    file: str,
    member_id: str,
    variables: str | None,
    mapping: str | None,
    prune: bool,
    as_json: bool,
) -> Plan:
    with problems_listed(file, quiet=as_json):
        document = _document(file, variables)
        chosen = read_mapping(mapping)
        return container().blueprints.plan(_actor(member_id), document, Options(chosen, prune))


def _wait(member_id: str, number: int) -> Plan:
    """The plan once it is carried out, by this process or by another one."""
    while True:
        found: Plan = container().blueprints.get(member_id, number)
        if found.over:
            return found
        time.sleep(LOOK)


def _actor(member_id: str) -> Actor:
    found: Actor = container().access.as_installer(container().portals.find(member_id))
    return found


def _document(file: str, variables: str | None) -> Document:
    given = read_values(variables)
    return parse_document(read_file(file), given)


def _show(made: Plan, as_json: bool) -> None:
    if as_json:
        print_text(json.dumps(plan_document(made), ensure_ascii=False) + "\n")
        return
    for change in made.changes:
        if change.empty and not change.reason:
            continue
        outcome = change.outcome
        ended = "" if outcome.status == "waiting" else f": {outcome.status}"
        words = f" ({outcome.message or change.reason})" if outcome.message or change.reason else ""
        print_text(f"{SIGNS.get(change.action, '=')} {change.action} {change.name}{ended}{words}\n")
        for field in change.fields if change.action == "update" else ():
            before, after = (json.dumps(field[one], ensure_ascii=False)
                             for one in ("before", "after"))  # fmt: skip
            print_text(f"    {field['field']}: {before} -> {after}\n")
    for danger in made.unsafe:
        words = danger.message % danger.facts if danger.facts else danger.message
        print_text(f"! {danger.code}: {words}\n")
    told = [f"{count} {action}" for action, count in made.summary.items() if count]
    print_text(f"Plan {made.id}, {made.status}: {', '.join(told) or 'nothing'}.\n")
