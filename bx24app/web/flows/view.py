"""How a person looks at the list: what is searched and filtered, in which order, which page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext

from bx24app.flows.flow import Flow
from bx24app.flows.overview import Overview
from bx24app.web.flows.text import DISTRIBUTIONS

HEADER = "X-View"
"""Carries the view that a page shows, so that whatever leads back to the list keeps it."""
ROWS = 50
"""Flows on one page."""
STATES = ("all", "on", "off", "sample")
COLUMNS = (
    "name", "distribution", "time", "pending", "progress", "efficiency", "owner", "activity",
)  # fmt: skip
LAST_ACTIVE_FIRST = "-activity"
LONGEST = 200
"""Letters of a search that are compared."""


@dataclass(frozen=True)
class View:
    """What is wanted of the list; anything senseless in a request is the default."""

    q: str = ""
    state: str = "all"
    mine: bool = False
    owner: int = 0
    project: int = 0
    kind: str = ""
    below: bool = False
    sort: str = LAST_ACTIVE_FIRST
    page: int = 1
    version: str = ""
    """Of the list that the page shows, see FlowLists."""

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> View:
        """The view in the parameters of a request."""
        state, sort = values.get("state", ""), values.get("sort", "")
        kind = values.get("kind", "")
        return cls(
            q=" ".join(values.get("q", "").split())[:LONGEST],
            state=state if state in STATES else "all",
            mine=values.get("mine") == "1",
            owner=_number(values.get("owner")),
            project=_number(values.get("project")),
            kind=kind if kind in DISTRIBUTIONS else "",
            below=values.get("below") == "1",
            sort=sort if sort.removeprefix("-") in COLUMNS else LAST_ACTIVE_FIRST,
            page=max(_number(values.get("page")), 1),
            version=values.get("version", ""),
        )

    @classmethod
    def of_request(cls, args: Mapping[str, str], header: str) -> View:
        """The view that a request asks for, or the one that its page shows."""
        return cls.parse(args if args else dict(parse_qsl(header)))

    def query(self) -> str:
        """The view as the header has it; without the version, which the page adds."""
        default = View()
        values = {
            name: int(value) if isinstance(value, bool) else value
            for name, value in vars(self).items()
            if value != getattr(default, name) and name != "version"
        }
        return urlencode(values)

    @property
    def narrowed(self) -> bool:
        """Whether some flows are left out."""
        return replace(self, sort=LAST_ACTIVE_FIRST, page=1, version="") != View()

    def next_sort(self, column: str) -> str:
        """The order that a click on a column's head asks for."""
        return f"-{column}" if self.sort == column else column

    def aria_sort(self, column: str) -> str:
        """The order of a column, in the words of ARIA."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "none")


@dataclass(frozen=True)
class Page:
    """The rows of one page."""

    rows: list[Flow]
    first: int
    """The place of the first row among those that match, from 1."""
    matching: int
    """How many match in all."""
    number: int
    pages: int


def select(overview: Overview, view: View, fresh: int = 0) -> Page:
    """The page of the list that a view wants; the flow `fresh` is on it, whatever is wanted."""
    matching = arranged(overview, view)
    place = next((i for i, row in enumerate(matching) if int(row["id"]) == fresh), None)
    pages = max(-(-len(matching) // ROWS), 1)
    number = min(view.page, pages) if place is None else place // ROWS + 1
    start = (number - 1) * ROWS
    rows = matching[start : start + ROWS]
    if fresh and place is None:
        # Not among what is searched for, but somebody has saved it a moment ago.
        rows = [row for row in overview.rows if int(row["id"]) == fresh] + rows
    return Page(rows, start + 1 if matching else 0, len(matching), number, pages)


def arranged(overview: Overview, view: View) -> list[Flow]:
    """All flows that match, in the wanted order."""
    words = folded(view.q).split()
    found = [row for row in overview.rows if _fits(row, overview, view, words)]
    column, backwards = view.sort.removeprefix("-"), view.sort.startswith("-")
    value = _VALUES[column]
    known: list[tuple[Any, Flow]] = []
    unknown: list[Flow] = []
    for row in found:
        key = value(row, overview)
        # What has no value stands at the end in both orders.
        known.append((key, row)) if key is not None else unknown.append(row)
    # Among equals the order of the portal's list, which is by id, decides.
    known.sort(key=lambda pair: pair[0], reverse=backwards)
    ordered = [row for _, row in known] + unknown
    if view.sort == LAST_ACTIVE_FIRST:
        # As in Bitrix24; samples, which nobody uses, come last.
        ordered.sort(key=lambda row: bool(state_of(row) == "sample"))
    return ordered


def state_of(flow: Mapping[str, Any]) -> str:
    """Whether a flow is on, off, or a sample that nobody has set up."""
    if flow["active"]:
        return "on"
    return "sample" if flow["demo"] else "off"


def folded(text: str) -> str:
    """A text for comparing: without regard to case and to the dots of ё."""
    return text.casefold().replace("ё", "е")


def _fits(row: Flow, overview: Overview, view: View, words: Iterable[str]) -> bool:
    owner, project = int(row["ownerId"] or 0), int(row["groupId"] or 0)
    return (
        view.state in ("all", state_of(row))
        and (not view.mine or overview.me.id in (owner, row["creatorId"]))
        and (not view.owner or owner == view.owner)
        and (not view.project or project == view.project)
        and (not view.kind or row["distributionType"] == view.kind)
        and (not view.below or overview.below_target(row))
        and _has_words(row, overview, words)
    )


def _has_words(row: Flow, overview: Overview, words: Iterable[str]) -> bool:
    wanted = list(words)
    if not wanted:
        return True
    text = folded(
        f"{row['name']} {row['description']} {overview.people.get(int(row['ownerId'] or 0), '')} "
        f"{overview.projects.get(int(row['groupId'] or 0), '')}"
    )
    number = str(row["id"])
    # An ID counts only whole: otherwise every search for a short number would find half the list.
    return all(word in text or word.removeprefix("#") == number for word in wanted)


def _moment(row: Flow, _: Overview) -> float | None:
    try:
        return datetime.fromisoformat(row.get("activity", "")).timestamp()
    except ValueError:
        return None


def _tasks(index: int) -> Callable[[Flow, Overview], int | None]:
    def value(row: Flow, overview: Overview) -> int | None:
        counted = overview.open_tasks.get(int(row["id"]))
        return counted[index] if counted else None

    return value


_VALUES: dict[str, Callable[[Flow, Overview], Any]] = {
    "name": lambda row, _: folded(row["name"]),
    "distribution": lambda row, _: gettext(
        DISTRIBUTIONS.get(row["distributionType"], row["distributionType"])
    ),
    "time": lambda row, _: int(row["plannedCompletionTime"]),
    "pending": _tasks(0),
    "progress": _tasks(1),
    "efficiency": lambda row, overview: overview.efficiency(row),
    "owner": lambda row, overview: (
        folded(overview.people.get(int(row["ownerId"] or 0), "")) or None
    ),
    "activity": _moment,
}


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0
