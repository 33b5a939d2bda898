"""The kinds of value a flow's fields hold: what is accepted, and the words for a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from bx24app.i18n import N_

Pair = tuple[str, str]
"""Type and id of somebody, as Bitrix24 writes it: `("user", "3")`, `("department", "17:F")`."""

EVERYBODY: Pair = ("meta-user", "all-users")
DISTRIBUTIONS = ("manually", "queue", "himself")
NAME_LENGTH = 255
SHORTEST, LONGEST = 3600, 2_145_398_400
"""Seconds: one hour, and 801 months of 31 days; the portal refuses anything outside."""
MOST_TASKS = 99_999
MOST_PAIRS = 1000
LARGEST_ID = 2**31 - 1
USER_ID = re.compile(r"[1-9][0-9]{0,9}")
DEPARTMENT_ID = re.compile(r"[1-9][0-9]{0,9}(:F)?")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _wrong(code: str, message: str, **facts: Any) -> PydanticCustomError:
    return PydanticCustomError(code, message, {"facts": facts})


def _whole(value: Any) -> Any:
    """JSON knows no integers, so 3.0 is one; a truth value or a word is not."""
    # `bool` is a subclass of `int` in Python, so it has to be excluded by name.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _wrong("not_a_number", N_("Enter a whole number."))


def _within(low: int, high: int, message: str) -> AfterValidator:
    def check(value: int) -> int:
        if not low <= value <= high:
            raise _wrong("out_of_range", message, low=low, high=high)
        return value

    return AfterValidator(check)


def _number(low: int, high: int, message: str) -> Any:
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Annotated[
        int, _within(low, high, message), BeforeValidator(_whole), WithJsonSchema(schema)
    ]


def _switch(value: Any) -> bool:
    """The portal reads "N" and "false" as on, so words are refused."""
    if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
        return bool(value)
    raise _wrong("not_a_switch", N_("Use true or false (or 1 or 0)."))


def _limit(high: int) -> Any:
    def check(value: Any) -> int:
        number = 0 if value is None else _whole(value)
        if not 0 <= number <= high:
            raise _wrong(
                "out_of_range",
                N_("Enter a number from 1 to %(high)s, or turn the alert off."),
                high=high,
            )
        return int(number)

    schema = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": high}, {"type": "null"}]}
    return Annotated[int, BeforeValidator(check), WithJsonSchema(schema)]


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong("not_text", N_("Enter text."))
    name = value.strip()
    if not name:
        raise _wrong("missing", N_("Enter a name."))
    # Bitrix24 counts blanks at the ends and stores them, so the name is sent stripped.
    if len(name) > NAME_LENGTH:
        raise _wrong(
            "too_long",
            N_("%(high)s characters at most; now %(length)s."),
            high=NAME_LENGTH,
            length=len(name),
        )
    if UNPRINTABLE.search(name):
        raise _wrong("unprintable", N_("Line breaks and control characters do not belong here."))
    return name


def _description(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong("not_text", N_("Enter text."))
    # Unlike a name, a description may have tabs and line breaks.
    if UNSPEAKABLE.search(value):
        raise _wrong("unprintable", N_("Control characters do not belong here."))
    return value


def _optional_id(value: Any) -> int:
    number = 0 if value is None else _whole(value)
    if not 0 <= number <= LARGEST_ID:
        raise _wrong("out_of_range", N_("Enter an ID: a whole number from 1."))
    return int(number)


def _distribution(value: Any, info: ValidationInfo) -> str:
    # A flow may keep a type that is set elsewhere, such as the undocumented `immutable`.
    if value in DISTRIBUTIONS or (value and value == (info.context or {}).get("distribution")):
        return str(value)
    raise _wrong(
        "unknown_value", N_("Choose one of: %(choices)s."), choices=", ".join(DISTRIBUTIONS)
    )


def _expanded(value: Any) -> Any:
    """The documentation also writes `{"user": 3}`, alone or in a list; all become pairs."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list | tuple):
        raise _wrong("not_a_list", N_("Give a list of [type, id] pairs."))
    pairs: list[Any] = []
    for element in value:
        pairs.extend(element.items() if isinstance(element, dict) and element else [element])
    # Counted after expansion, as one object can name any number of entries.
    if len(pairs) > MOST_PAIRS:
        raise _wrong("too_many", N_("At most %(high)s entries."), high=MOST_PAIRS)
    return pairs


def _pair(*, everybody: bool) -> Callable[[Any, ValidationInfo], Pair]:
    def check(element: Any, info: ValidationInfo) -> Pair:
        if not isinstance(element, list | tuple) or len(element) != 2:
            raise _wrong("not_a_pair", N_("Write each entry as [type, id]."))
        kind, text = element[0], _id_text(element[1])
        kept: Collection[Pair] = (info.context or {}).get("kept", ())
        # Entries that the flow has already may stay, even of types that we do not accept anew:
        # Bitrix24's own form can set more of them.
        if isinstance(kind, str) and ((kind, text) in kept or _names_somebody(kind, text)):
            return kind, text
        if everybody and (kind, text) == EVERYBODY:
            return EVERYBODY
        # Bitrix24 drops an entry with a bad id silently, which may leave the list empty.
        if kind in ("user", "department"):
            raise _wrong("bad_id", N_("This is not the number of a person or department."))
        raise _wrong("unknown_type", N_("Only people and departments can be named here."))

    return check


def _id_text(number: Any) -> str:
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return str(number) if isinstance(number, str | int) and not isinstance(number, bool) else ""


def _names_somebody(kind: str, text: str) -> bool:
    # The pattern bounds the digits before `int` reads them.
    form = {"user": USER_ID, "department": DEPARTMENT_ID}.get(kind)
    return bool(form and form.fullmatch(text) and int(text.removesuffix(":F")) <= LARGEST_ID)


def _distinct(pairs: list[Pair]) -> list[Pair]:
    # Bitrix24 drops duplicates, so a flow read back would seem to differ. The order stays,
    # as a queue of people follows it.
    return list(dict.fromkeys(pairs))


def _not_empty(pairs: list[Pair]) -> list[Pair]:
    if not pairs:
        raise _wrong("missing", N_("Choose at least one person to do the tasks."))
    return pairs


def _pairs_schema(kinds: list[str], least: int) -> dict[str, Any]:
    number = {"type": ["string", "integer"]}
    pair = {
        "type": "array",
        "prefixItems": [{"type": "string", "enum": kinds}, number],
        "minItems": 2,
        "maxItems": 2,
    }
    thing = {"type": "object", "properties": dict.fromkeys(kinds, number), "minProperties": 1}
    thing["additionalProperties"] = False
    return {
        "anyOf": [{"type": "array", "items": {"anyOf": [pair, thing]}, "minItems": least}, thing],
        "examples": [[["user", "3"], ["department", "17:F"]]],
    }


Name = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}),
]
Description = Annotated[
    str, BeforeValidator(_description), WithJsonSchema({"type": ["string", "null"]})
]
Distribution = Annotated[
    str,
    BeforeValidator(_distribution),
    WithJsonSchema({"type": "string", "enum": list(DISTRIBUTIONS)}),
]
Duration = _number(
    SHORTEST, LONGEST, N_("Enter at least 1 hour (%(low)s seconds) and at most %(high)s seconds.")
)
PersonId = _number(1, LARGEST_ID, N_("Choose a person."))
OptionalId = Annotated[
    int,
    BeforeValidator(_optional_id),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0, "maximum": LARGEST_ID}, {"type": "null"}]}
    ),
]
# Not one enum of four: generators of clients make a type of each branch, and none of the mixture.
Switch = Annotated[
    bool,
    BeforeValidator(_switch),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]}),
]
TaskLimit = _limit(MOST_TASKS)
PercentLimit = _limit(100)
Team = Annotated[
    list[Annotated[Pair, BeforeValidator(_pair(everybody=False))]],
    BeforeValidator(_expanded),
    AfterValidator(_distinct),
    AfterValidator(_not_empty),
    WithJsonSchema(_pairs_schema(["user", "department"], 1)),
]
Creators = Annotated[
    list[Annotated[Pair, BeforeValidator(_pair(everybody=True))]],
    BeforeValidator(_expanded),
    AfterValidator(_distinct),
    WithJsonSchema(_pairs_schema(["user", "department", "meta-user"], 0)),
]
