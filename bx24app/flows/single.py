"""Single values that have a door of their own: a name to look for, a state, a pin."""

from __future__ import annotations

from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict

from bx24app.flows.problems import InvalidFlow
from bx24app.flows.spec import judged
from bx24app.flows.values import Name, Switch


class Named(TypedDict):
    """A flow's name, and nothing else."""

    name: Name


class Activity(TypedDict):
    """Whether a flow is on, and nothing else."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    active: Switch


class Pin(TypedDict):
    """Whether a flow is pinned, and nothing else."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    pinned: Switch


NAMED: TypeAdapter[Named] = TypeAdapter(Named)
ACTIVITY: TypeAdapter[Activity] = TypeAdapter(Activity)
PIN: TypeAdapter[Pin] = TypeAdapter(Pin)


def read_name(data: Any) -> str:
    """Take the name out of `{"name": …}`; raises InvalidFlow."""
    return cast(str, _read(NAMED, data)["name"])


def read_active(data: Any) -> bool:
    """Take the wanted state out of `{"active": …}`; raises InvalidFlow."""
    return cast(bool, _read(ACTIVITY, data)["active"])


def read_pinned(data: Any) -> bool:
    """Take the wanted pin out of `{"pinned": …}`; raises InvalidFlow."""
    return cast(bool, _read(PIN, data)["pinned"])


def _read(kind: TypeAdapter[Any], data: Any) -> dict[str, Any]:
    value, problems = judged(kind, data)
    if problems:
        raise InvalidFlow(problems)
    return value
