"""A portal's flows as a document that, applied to the same portal, changes nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.blueprints.document import LONGEST_KEY, VERSION
from bx24app.blueprints.durations import format_duration
from bx24app.blueprints.fields import CREATE, OFF, THINGS
from bx24app.blueprints.portal_index import PortalIndex, department_path
from bx24app.blueprints.references import EVERYONE
from bx24app.blueprints.variables import escape
from bx24app.flows.field_types import DISTRIBUTIONS, EVERYBODY
from bx24app.flows.fields import FIELDS, Field
from bx24app.flows.flow import Flow
from bx24app.flows.spec import CHANGES, settings, validate_as

Part = dict[str, Any]


def export_flows(
    flows: Iterable[Flow],
    index: PortalIndex,
    keys: Mapping[int, str],
    *,
    emails: bool = False,
) -> Part:
    """The document of some flows.

    `keys` are those under which documents know flows already; with `emails` people are named by
    them where the portal shows one.
    """
    found: Part = {}
    for flow in flows:
        key = keys.get(int(flow["id"])) or _free_key(str(flow["name"]), found, keys.values())
        found[key] = _exported(flow, index, emails)
    return {"schema": VERSION, "flows": found}


def _exported(flow: Flow, index: PortalIndex, emails: bool) -> Part:
    part: Part = {}
    # A name that a document cannot hold: the number says which flow is meant.
    if _is_wrong("name", flow["name"]) or flow["name"] != str(flow["name"]).strip():
        part["id"] = int(flow["id"])
    now = settings(flow)
    for row in FIELDS:
        if row.name not in now or (row.name == "name" and "id" in part):
            continue
        value = _value(row, now[row.name], index, emails)
        if value is not None:
            part[row.name] = value
    part["active"] = bool(flow["active"])
    return part


def _value(row: Field, value: Any, index: PortalIndex, emails: bool) -> Any:
    """A field as people write it; None for what no document can say, which then stays as it is."""
    if row.kind == "people":
        return _entries([(str(kind), str(id)) for kind, id in value], index, emails)
    if row.name in THINGS:
        return _thing(row.name, int(value or 0), index, emails)
    # Bitrix24 itself holds what it would not take from us, such as a type set by automation.
    wrong = _is_wrong(row.name, value)
    if wrong or (row.kind == "distribution" and value not in DISTRIBUTIONS):
        return None
    if row.kind == "duration":
        return format_duration(int(value))
    if row.kind == "limit":
        return int(value) if value else OFF
    return escape(value) if isinstance(value, str) else value


def _is_wrong(name: str, value: Any) -> bool:
    return bool(validate_as(CHANGES, {name: value})[1])


def _entries(pairs: list[tuple[str, str]], index: PortalIndex, emails: bool) -> Any:
    if pairs == [EVERYBODY]:
        return EVERYONE
    # Bitrix24 leaves flows without anybody; nobody can be wanted, so such a list stays as it is.
    if not pairs:
        return None
    entries = [_entry(kind, id, index, emails) for kind, id in pairs]
    # Half a list would remove the others, so a list with an entry of a foreign type is left out.
    return None if None in entries else entries


def _entry(kind: str, id: str, index: PortalIndex, emails: bool) -> Any:
    if (kind, id) == EVERYBODY:
        return EVERYONE
    number, _, tail = id.partition(":")
    if kind not in ("user", "department") or not number.isdecimal() or tail not in ("", "F"):
        return None
    named = _named(kind, int(number), index, emails)
    if tail and isinstance(named, dict):
        return {kind: named | {"only": True}}
    return {kind: named} | ({"only": True} if tail else {})


def _named(kind: str, number: int, index: PortalIndex, emails: bool) -> Any:
    """A name that means nobody else on this portal, else the number."""
    one = index.get(kind, number)
    if one is None:
        return {"id": number}
    name = department_path(index, number) if kind == "department" else one.name
    for text in ([one.email] if emails and one.email else []) + [name]:
        # As it will be read: blanks around are cut off there.
        if text and text == text.strip() and text.isprintable():
            found = index.find(kind, text)
            if len(found) == 1 and found[0].id == number:
                return escape(text)
    return {"id": number}


def _thing(name: str, number: int, index: PortalIndex, emails: bool) -> Any:
    kind = THINGS[name]
    if not number:
        # A flow without a project is a sample; on another portal it would get a new one.
        return {"project": CREATE, "template": 0}.get(kind)
    if kind == "template":
        # A title cannot be looked up, so only the number surely leads back to it.
        return {kind: {"id": number}}
    return {kind: _named(kind, number, index, emails)}


def _free_key(name: str, taken: Mapping[str, Any], reserved: Iterable[str]) -> str:
    """A key made of a flow's name that no other flow has."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    stem = re.sub(r"[^\w]+", "-", plain).strip("-_")[: LONGEST_KEY - 8] or "flow"
    others, key, count = {*taken, *reserved}, stem, 1
    while key in others:
        count += 1
        key = f"{stem}-{count}"
    return key
