"""What comes back from a page with a document: choices, variables, and what is wrong, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from bx24app.blueprints.nodes import Finding, InvalidDocument, Node
from bx24app.blueprints.reading import read_document
from bx24app.i18n import N_
from bx24app.web.flows.form import Form
from bx24app.web.language import translate

CHOICE = "choice:"
"""Before the text of a reference in the names of the form's inputs."""
VARIABLE = "variable:"
"""Before the name of a variable there."""
KINDS = {
    "user": N_("person"),
    "department": N_("department"),
    "project": N_("project"),
    "template": N_("task template"),
}
WORDS = {
    "agents": N_("Who does the tasks"),
    "moderator": N_("Who hands the tasks out"),
    "creators": N_("Who may add tasks"),
    "administrator": N_("Flow administrator"),
}
"""The variables of the ready blueprints; others are called as their documents call them."""
ONE_PERSON = ("moderator", "administrator")


def chosen_numbers(form: Form) -> dict[str, int]:
    """What was chosen for the texts that were not found, by text."""
    found: dict[str, int] = {}
    for name in form:
        if name.startswith(CHOICE):
            # Picked by a search, or chosen in a list, or typed as a number.
            picked = [one.id.removesuffix(":F") for one in form.choices(name)]
            text = picked[-1] if picked else form[name]
            if text.isdecimal() and len(text) < 10:
                found[name.removeprefix(CHOICE)] = int(text)
    return found


def shown_variables(text: str) -> list[dict[str, Any]]:
    """The variables of a document, to be filled in; none where it cannot be read."""
    return [
        {
            "name": name,
            "label": gettext(WORDS[name]) if name in WORDS else name,
            "people": isinstance(default.value, list),
            "single": name in ONE_PERSON,
            "needed": default.value == [],
            "default": _default(default),
        }
        for name, default in _declared(text).items()
    ]


def given_variables(form: Form, text: str) -> dict[str, Any]:
    """The variables that were filled in; the others keep the defaults of the document."""
    given: dict[str, Any] = {}
    for name, default in _declared(text).items():
        people = form.choices(VARIABLE + name)
        typed = form.get(VARIABLE + name, "").strip()
        if isinstance(default.value, list) and people:
            given[name] = [_entry(one.type, one.id) for one in people]
        elif not isinstance(default.value, list) and typed:
            number = isinstance(default.value, int) and typed.isdecimal()
            given[name] = int(typed) if number else typed
    return given


def document_problems(error: InvalidDocument) -> list[dict[str, Any]]:
    """Everything that is wrong, with its line and place."""
    return [
        {
            "line": one.line if isinstance(one, Finding) else None,
            "place": one.pointer,
            "text": translate(one.message, one.facts),
        }
        for one in error.problems
    ]


def kinds_in_words() -> dict[str, str]:
    """What the kinds of references are called."""
    return {kind: gettext(word) for kind, word in KINDS.items()}


def _declared(text: str) -> Mapping[str, Node]:
    try:
        top = read_document(text).value
    except InvalidDocument:
        # What is wrong with it is told when it is planned.
        return {}
    declared = top.get("variables") if isinstance(top, dict) else None
    return declared.value if declared is not None and isinstance(declared.value, dict) else {}


def _default(node: Node) -> str:
    """A default in words, where it is short enough to be shown."""
    value = node.plain()
    if value == ["everyone"]:
        return gettext("All employees")
    return "" if isinstance(value, list | dict) or value is None else str(value)


def _entry(kind: str, id: str) -> Any:
    if kind == "meta-user":
        return "everyone"
    number, alone = id.removesuffix(":F"), id.endswith(":F")
    if not number.isdecimal():
        return {kind: id}
    return {kind: {"id": int(number)} | ({"only": True} if alone else {})}
