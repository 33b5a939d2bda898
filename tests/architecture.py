"""Rooms and arrows: who may import whom, which library lives where, how long things may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from tests.source_tree import Module, length

# Which rooms a room may import, from the ground up. A dotted name opens one module of a room only.
ARROWS = {
    "errors": "",
    "database_url": "",
    "config": "errors database_url",
    # the ground: three rooms that know nothing of one another
    "bitrix24": "errors",
    "flows": "errors",
    "store": "errors database_url",
    # the deeds
    "grants": "errors config store bitrix24",
    "pacing": "errors config store bitrix24",
    "journal": "errors config store bitrix24.client",
    "places": "bitrix24.errors bitrix24.gate",
    "keys": "errors config store",
    "replies": "errors config store",
    "portals": "errors config store bitrix24 grants pacing journal",
    "installation": "errors config store bitrix24 portals",
    "connection": "errors config store bitrix24 portals installation",
    "checks": "errors flows bitrix24.directory",
    "orphans": "errors flows bitrix24.directory portals",
    "provisioning": "errors config store flows bitrix24.directory grants portals checks orphans",
    "rollouts": "errors config store flows portals provisioning",
    # the ways in, and the house that they find every deed in
    "metrics": "store",
    "logs": "",
    "house": "errors config bitrix24 store grants pacing places journal"
    " keys replies portals installation connection provisioning rollouts metrics",
    "web": "errors config house flows bitrix24.incoming"
    " keys replies portals installation connection provisioning rollouts",
    "cli": "errors config house bitrix24 flows store grants pacing journal"
    " keys replies portals installation connection checks provisioning rollouts",
}
ROOMS = set(ARROWS)

# Where a library lives. `bx24app` is the package itself: create_app may import every room.
DEEDS = "grants pacing journal keys replies portals installation connection provisioning rollouts"
HOMES = {
    "requests": "bitrix24",
    "urllib3": "bitrix24",
    "authlib": "bitrix24",
    "sqlalchemy": f"store metrics {DEEDS}",
    "alembic": "store",
    "psycopg": "store",
    "cryptography": "store",
    "yaml": "flows.blueprint",
    "pydantic": "flows web",
    "pydantic_core": "flows",
    "flask_openapi3": "web bx24app",
    "flask_babel": "web bx24app",
    "babel": "web",
    "flask": "web cli bx24app",
    "werkzeug": "web bx24app",
    "markupsafe": "web",
    "itsdangerous": "web",
    "click": "cli",
    "prometheus_client": "metrics",
}

WALLED = {"database", "seal"}
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "manager", "services"}
LONGEST_FILE = 300
LONG_FUNCTION = 37

Rule = Callable[[list[Module]], Iterator[str]]


def arrows(package: list[Module]) -> Iterator[str]:
    """A room imports only from the rooms that its line in ARROWS names."""
    for module in package:
        room = room_of(module.name)
        allowed = ROOMS if room == "bx24app" else {room, *ARROWS.get(room, "").split()}
        for line, target in ours(module):
            if not opened(target, allowed):
                yield f"{module.name}:{line} must not import bx24app.{target}"


def walls(package: list[Module]) -> Iterator[str]:
    """No view gets hold of the database, so none can look across portals."""
    for module in package:
        for node in ast.walk(module.tree):
            named_so = isinstance(node, ast.Attribute) and node.attr in WALLED
            if room_of(module.name) == "web" and named_so:
                yield f"{module.name}:{node.lineno} reaches into a walled room"


def rooms(package: list[Module]) -> Iterator[str]:
    """Every module belongs to a room that ARROWS names."""
    for module in package:
        if room_of(module.name) not in {*ROOMS, "bx24app"}:
            yield f"{module.name} belongs to no room"


def homes(package: list[Module]) -> Iterator[str]:
    """A library is imported only where HOMES says that it lives."""
    for module in package:
        inside = module.name.removeprefix("bx24app.")
        for found in module.imports:
            library = found.target.split(".")[0]
            known = {"bx24app", "", *sys.stdlib_module_names, "typing_extensions"}
            if library not in known and not opened(inside, set(HOMES.get(library, "").split())):
                yield f"{module.name}:{found.line} is not the home of {library}"


def relative_imports(package: list[Module]) -> Iterator[str]:
    """Every import says the whole name."""
    for module in package:
        for found in module.imports:
            if found.relative:
                yield f"{module.name}:{found.line} is a relative import"


def imports_inside_functions(package: list[Module]) -> Iterator[str]:
    """What a module needs stands at its top."""
    for module in package:
        for found in module.imports:
            if found.inside_function:
                yield f"{module.name}:{found.line} imports inside a function"


def circles(package: list[Module]) -> Iterator[str]:
    """No module imports itself, also not by way of others."""
    names = {module.name for module in package}
    graph = {
        module.name: {part for found in module.imports for part in named(found.target, names)}
        for module in package
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield "a circle: " + " -> ".join(error.args[1])


def telling_names(package: list[Module]) -> Iterator[str]:
    """A file's name says what is in it."""
    for module in package:
        if NAMES_THAT_SAY_NOTHING & set(module.name.split(".")):
            yield f"{module.name} has a name that says nothing"


def opening_sentences(package: list[Module]) -> Iterator[str]:
    """A module opens with what it is for."""
    for module in package:
        if not ast.get_docstring(module.tree):
            yield f"{module.name} does not say what it is for"


def short_files(package: list[Module]) -> Iterator[str]:
    """A file is one thing."""
    for module in package:
        lines = len(module.text.splitlines())
        if lines > LONGEST_FILE:
            yield f"{module.name} has {lines} lines"


def short_functions(package: list[Module]) -> Iterator[str]:
    """Nine of ten functions are shorter than LONG_FUNCTION lines."""
    lengths = {
        f"{module.name}.{function.name}": length(function)
        for module in package
        for function in module.functions
    }
    long = [f"{name} ({lines})" for name, lines in lengths.items() if lines >= LONG_FUNCTION]
    if len(long) * 10 > len(lengths):
        yield f"{len(long)} of {len(lengths)} functions are long: {', '.join(long)}"


def strangers(package: list[Module]) -> Iterator[str]:
    """The emulator shares no code with the application."""
    for module in package:
        for found in module.imports:
            if found.target.split(".")[0] in {"bx24app", "app"}:
                yield f"{module.name}:{found.line} imports the application"


def room_of(name: str) -> str:
    """The room of a module: `bx24app.web.api` is in `web`, create_app in `bx24app` itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def ours(module: Module) -> Iterator[tuple[int, str]]:
    """Line and target, without `bx24app.`, of everything of ours that a module imports."""
    for found in module.imports:
        package, _, target = found.target.partition(".")
        if package == "bx24app":
            yield found.line, target


def opened(target: str, allowed: set[str]) -> bool:
    """Whether a dotted name is one of the allowed ones or lies within one of them."""
    return any(f"{target}.".startswith(f"{name}.") for name in allowed)


def named(target: str, names: set[str]) -> set[str]:
    """The module that an import names: `a.b` itself, or `a` when b is something inside it."""
    return {target} & names or {target.rpartition(".")[0]} & names


RULES = [
    arrows, walls, rooms, homes, relative_imports, imports_inside_functions, circles,
    telling_names, opening_sentences, short_files, short_functions,
]  # fmt: skip
