"""What a portal's answers say of the flow that has a name."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.bitrix24.errors import from_wire
from bx24app.errors import Error
from bx24app.flows.methods import found

ANSWERS: dict[str, tuple[Any, int | None]] = {
    "it stands there": ([{"id": 5, "name": "Contracts"}], 5),
    "in other letters": ([{"id": 5, "name": "CONTRACTS"}], 5),
    "two in other letters": (
        [{"id": 4, "name": "contracts"}, {"id": 5, "name": "Contracts"}],
        5,
    ),
    "there is none": ([], None),
    "the portal has no list": (from_wire("ERROR_METHOD_NOT_FOUND", "Method not found!"), None),
    "the portal took no notice of the filter": ([{"id": 5, "name": "Another"}], None),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_flow_is_found_by_its_name_and_by_nothing_else(case: str) -> None:
    answer, number = ANSWERS[case]

    row = found(answer, "Contracts")

    assert (row and row["id"]) == number


def test_a_portal_that_cannot_answer_does_not_say_that_there_is_none() -> None:
    with pytest.raises(Error):
        found(from_wire("QUERY_LIMIT_EXCEEDED", ""), "Contracts")
