"""Collects the commands of one batch, each together with the parser of its answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from bx24app.bitrix24.entries import (
    PAGE,
    Entry,
    Pair,
    parse_departments,
    parse_people,
    parse_project_names,
    unknown_entry,
)
from bx24app.errors import Error

T = TypeVar("T")
Command = tuple[str, Mapping[str, Any]]


class BatchClient(Protocol):
    """What can send a batch; see Client."""

    def batch(self, calls: Mapping[str, Command], *, safe: bool = False) -> dict[str, Any]:
        """Call several methods; each name gets its result or its Error."""


class Question(Generic[T]):
    """One command of a batch, and what its answer says once that is there."""

    def __init__(self, name: str, command: Command, parse: Callable[[Any], T]) -> None:
        """`name` is how other commands of the batch refer to the result (`$result[name]`)."""
        self.name = name
        self.command = command
        self._parse = parse
        self._answer: Any = Error(message="not asked yet")

    def take(self, answer: Any) -> None:
        """Take the answer: a result, or the Error that stands for one."""
        self._answer = answer

    def value(self) -> T:
        """What the answer says; raises the Error that came instead, or that its reading raises."""
        if isinstance(self._answer, Error):
            raise self._answer
        return self._parse(self._answer)

    def error(self) -> Error | None:
        """The Error that keeps it from having a value; None if it has one."""
        try:
            self.value()
        except Error as error:
            return error
        return None


class Lookups:
    """The questions of one batch, all of which may be asked twice without harm."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self._questions: list[Question[Any]] = []

    def ask(self, command: Command, parse: Callable[[Any], T]) -> Question[T]:
        """Add a question."""
        # The name may appear in `$result[…]` of another command, so it is a plain word.
        question = Question(f"q{len(self._questions)}", command, parse)
        self._questions.append(question)
        return question

    def send(self, client: BatchClient) -> None:
        """Ask everything in one go; raises Error when a request as a whole fails."""
        if self._questions:
            calls = {question.name: question.command for question in self._questions}
            answers = client.batch(calls, safe=True)
            for question in self._questions:
                question.take(answers[question.name])

    def try_sending(self, client: BatchClient) -> None:
        """Ask everything; where that fails, each question has the failure for its answer."""
        try:
            self.send(client)
        except Error as error:
            for question in self._questions:
                question.take(error)


class EntryLookup:
    """The people, departments and projects whose numbers are known, looked up in a batch."""

    def __init__(
        self, lookups: Lookups, pairs: Iterable[Pair] = (), projects: Iterable[int] = ()
    ) -> None:
        """Ask for them as part of `lookups`."""
        # Sorted and without duplicates, so that the same flow always gives the same batch.
        wanted = list(dict.fromkeys(pairs))
        people = sorted({int(id) for kind, id in wanted if kind == "user" and id.isdecimal()})
        departments = sorted({_bare(id) for kind, id in wanted if kind == "department"})
        self._people = [
            lookups.ask(("user.get", {"FILTER": {"ID": _one_or_all(chunk)}}), parse_people)
            # A filter by many ids is still answered page by page.
            for chunk in _chunks(people)
        ]
        self._departments = {
            id: lookups.ask(("department.get", {"ID": int(id)}), parse_departments)
            for id in departments
            if id.isdecimal()
        }
        self._projects = [
            lookups.ask(("sonet_group.get", {"FILTER": {"ID": chunk}}), parse_project_names)
            for chunk in _chunks(sorted(set(projects)))
        ]

    def questions(self) -> list[Question[Any]]:
        """All that was asked."""
        return [*self._people, *self._departments.values(), *self._projects]

    def people(self) -> dict[str, Entry]:
        """The people that the portal shows, by number; those it could not tell are left out."""
        return _merged(self._people)

    def department(self, id: str) -> str | None:
        """The name of a department (`17` or `17:F`); None where the portal shows none."""
        question = self._departments.get(_bare(id))
        return _merged([question]).get(_bare(id)) if question else None

    def projects(self) -> dict[int, str]:
        """The names of the projects that the portal shows."""
        return _merged(self._projects)

    def knows_people(self) -> bool:
        """Whether the portal has answered all questions for people."""
        return all(question.error() is None for question in self._people)

    def knows_department(self, id: str) -> bool:
        """Whether the portal has answered the question for that department."""
        question = self._departments.get(_bare(id))
        # An id that is no number was never asked for.
        return question is not None and question.error() is None

    def entry(self, pair: Pair) -> Entry:
        """What a pair stands for; what the portal did not show or tell is `#17`."""
        kind, id = pair
        if kind == "user":
            # Without an answer it is unknown whether the person exists.
            state = "missing" if self.knows_people() else "hidden"
            return self.people().get(id) or unknown_entry(kind, id, state)
        if kind == "department":
            name = self.department(id)
            state = "missing" if self.knows_department(id) else "hidden"
            return Entry(kind, id, name) if name else unknown_entry(kind, id, state)
        # The page has words of its own for `all-users`; unknown types are shown as they came.
        return Entry(kind, id, "" if kind == "meta-user" else f"{kind} {id}")


def _merged(questions: Iterable[Question[dict[Any, T]]]) -> dict[Any, T]:
    """All answers together, without those that are missing: names are only decoration."""
    found: dict[Any, T] = {}
    for question in questions:
        if question.error() is None:
            found |= question.value()
    return found


def _bare(id: str) -> str:
    """The number of a department without the mark that leaves its sub-departments out."""
    return id.removesuffix(":F")


def _one_or_all(ids: list[int]) -> Any:
    return ids if len(ids) > 1 else ids[0]


def _chunks(ids: Collection[int]) -> list[list[int]]:
    listed = list(ids)
    return [listed[start : start + PAGE] for start in range(0, len(listed), PAGE)]
