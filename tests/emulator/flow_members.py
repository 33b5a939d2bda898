"""Members of a flow: pairs on the wire, access codes in the store, people in the end."""

import re
from collections.abc import Iterable

from tests.emulator.entities import Portal, User
from tests.emulator.flow_fields import FlowData
from tests.emulator.php_forms import as_text

EVERYBODY = "UA"
ALLOWED = re.compile(r"UA|(U|DR?|SG|SNTR?)[1-9]\d*")
CODE = re.compile(r"([A-Z]+?)(\d+)")
RECURSIVE = {"department": ("DR", "D"), "structure-node": ("SNTR", "SNT")}
PLAIN = {"user": "U", "project": "SG", "mail-contact": "MC"}
PAIRS = {"U": ("user", ""), "DR": ("department", ""), "D": ("department", ":F"),
         "SG": ("project", ""), "SNTR": ("structure-node", ""),
         "SNT": ("structure-node", ":F")}  # fmt: skip


def code_of(pair: object) -> str | None:
    """Turn a pair into an access code; None for what Bitrix24 drops silently."""
    if isinstance(pair, dict):
        pair = [pair.get("0"), pair.get("1")]
    if not isinstance(pair, list) or isinstance(pair[1], list | dict):
        return None
    kind, entity = pair[0], as_text(pair[1])
    if kind == "meta-user":
        return EVERYBODY if entity == "all-users" else None
    number = re.match(r"\d+", entity)
    if number is None or not isinstance(kind, str):
        return None
    if kind in RECURSIVE:
        deep, flat = RECURSIVE[kind]
        return (flat if entity[number.end() :] == ":F" else deep) + str(int(number[0]))
    if not entity.isdigit():
        return None
    prefix = f"CRM{kind[4:].upper()}" if kind.startswith("crm-") else PLAIN.get(kind)
    return f"{prefix}{int(entity)}" if prefix else None


def codes_of(data: FlowData, name: str) -> list[str] | None:
    """Give the access codes of a list field without duplicates; None when it is not set."""
    pairs = data.pairs(name)
    if pairs is None:
        return None
    return list(dict.fromkeys(code for code in map(code_of, pairs) if code))


def pair_of(code: str) -> list[str]:
    """Write an access code as a pair; ids are strings."""
    if code == EVERYBODY:
        return ["meta-user", "all-users"]
    prefix, number = split(code)
    kind, tail = PAIRS[prefix]
    return [kind, number + tail]


def split(code: str) -> tuple[str, str]:
    """Take an access code apart: ("DR", "17"). Everybody is ("UA", "")."""
    found = CODE.fullmatch(code)
    return (found[1], found[2]) if found else (code, "")


def numbers(codes: Iterable[str], *prefixes: str) -> list[int]:
    """Give the ids of the codes with one of these prefixes."""
    parts = [split(code) for code in codes]
    return [int(number) for prefix, number in parts if prefix in prefixes and number]


def people(portal: Portal, codes: Iterable[str]) -> list[int]:
    """Resolve codes to the ids of active people, in order, each once.

    Projects and team nodes resolve to nobody.
    """
    found: dict[int, None] = {}
    for code in codes:
        for user in portal.users.values():
            if user.active and covers(portal, code, user):
                found[user.id] = None
    return list(found)


def covers(portal: Portal, code: str, user: User) -> bool:
    """Tell whether a code means this person: directly, by department, or as everybody."""
    prefix, number = split(code)
    if prefix == "U":
        return int(number) == user.id
    if prefix == "D":
        return int(number) in user.departments
    if prefix == "DR":
        return not set(user.departments).isdisjoint(portal.subdepartments(int(number)))
    return code == EVERYBODY and not user.extranet
