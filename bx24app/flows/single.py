"""Single values that have an endpoint of their own: a name to look for, a state, a pin."""

from __future__ import annotations

from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict

from bx24app.flows.field_types import Name, Switch
from bx24app.flows.problems import InvalidFlow
from bx24app.flows.spec import validate_as


class NameBody(TypedDict):
    """A flow's name, and nothing else."""

    name: Name


class ActiveBody(TypedDict):
    """Whether a flow is on, and nothing else."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    active: Switch


class PinnedBody(TypedDict):
    """Whether a flow is pinned, and nothing else."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    pinned: Switch


NAME_BODY: TypeAdapter[NameBody] = TypeAdapter(NameBody)
ACTIVE_BODY: TypeAdapter[ActiveBody] = TypeAdapter(ActiveBody)
PINNED_BODY: TypeAdapter[PinnedBody] = TypeAdapter(PinnedBody)


def parse_name(data: Any) -> str:
    """Take the name out of `{"name": …}`; raises InvalidFlow."""
    return cast(str, _parse(NAME_BODY, data)["name"])


def parse_active(data: Any) -> bool:
    """Take the wanted state out of `{"active": …}`; raises InvalidFlow."""
    return cast(bool, _parse(ACTIVE_BODY, data)["active"])


def parse_pinned(data: Any) -> bool:
    """Take the wanted pin out of `{"pinned": …}`; raises InvalidFlow."""
    return cast(bool, _parse(PINNED_BODY, data)["pinned"])


def _parse(kind: TypeAdapter[Any], data: Any) -> dict[str, Any]:
    value, problems = validate_as(kind, data)
    if problems:
        raise InvalidFlow(problems)
    return value
