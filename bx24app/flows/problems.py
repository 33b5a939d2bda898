"""What is wrong with a flow, in words and with a pointer to each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bx24app.errors import Error
from bx24app.i18n import N_


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where (JSON pointer), which kind, and an English sentence."""

    pointer: str
    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The English sentence."""
        return self.message % self.facts if self.facts else self.message


class InvalidFlow(Error):
    """The fields cannot make a flow; `problems` names all of them."""

    code = "invalid_flow"
    changed_nothing = True
    message = N_("Each of the errors names a field and what is wrong with it.")

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take everything that is wrong, at least one thing."""
        super().__init__()
        self.problems = tuple(problems)


class NameTaken(InvalidFlow):
    """A flow, or for a new project a project, of that name exists."""

    code = "name_taken"

    def __init__(self, message: str = N_("A flow with this name already exists.")) -> None:
        """`message` says what has the name."""
        super().__init__([Problem("/name", self.code, message)])
        self.message = message


class TrialWouldStart(Error):
    """A creation could start the portal's one trial of flows, and nobody has said to do that."""

    code = "trial_would_start"
    changed_nothing = True
    message = N_(
        "The plan of this Bitrix24 has no flows: creating one would start its only trial of them, "
        "for 15 days. Repeat the call with ?allowTrial=true to start it."
    )


class SampleFlow(Error):
    """A sample of Bitrix24's own: it has no project until somebody sets it up there."""

    code = "sample_flow"
    changed_nothing = True
    message = N_("Bitrix24 added it as an example. Set it up there, or create a flow of your own.")


class FlowChanged(Error):
    """Somebody else has changed the flow since the caller has seen it; `now` is how it stands."""

    code = "flow_changed"
    message = N_("Nothing was overwritten. Read the flow again and repeat your change.")

    def __init__(self, now: dict[str, Any]) -> None:
        """`now` is the flow as the portal has it."""
        super().__init__()
        self.now = now


class NoDepartments(Error):
    """The team of a flow cannot be made anew from departments, as it has none."""

    code = "invalid_flow"
    message = N_("This flow is no queue with departments, so there is nothing to refresh.")


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InvalidFlow if there are problems; NameTaken if the name is the only one."""
    found = tuple(problems)
    if found and all(problem.code == NameTaken.code for problem in found):
        # Programs tell a taken name by its own code, to choose another one.
        raise NameTaken(found[0].message)
    if found:
        raise InvalidFlow(found)
