"""What a portal's answers say of the flow that has a name."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.bitrix24.errors import error_for
from bx24app.errors import Error
from bx24app.flows.commands import parse_found

ANSWERS: dict[str, tuple[Any, int | None]] = {
    "it stands there": ([{"id": 5, "name": "Contracts"}], 5),
    "in other letters": ([{"id": 5, "name": "CONTRACTS"}], 5),
    "two in other letters": (
        [{"id": 4, "name": "contracts"}, {"id": 5, "name": "Contracts"}],
        5,
    ),
    "there is none": ([], None),
    "the portal has no list": (error_for("ERROR_METHOD_NOT_FOUND", "Method not found!"), None),
    "the portal took no notice of the filter": ([{"id": 5, "name": "Another"}], None),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_flow_is_found_by_its_name_and_by_nothing_else(case: str) -> None:
    answer, number = ANSWERS[case]

    row = parse_found(answer, "Contracts")

    assert (row and row["id"]) == number


def test_a_portal_that_cannot_answer_does_not_say_that_there_is_none() -> None:
    with pytest.raises(Error):
        parse_found(error_for("QUERY_LIMIT_EXCEEDED", ""), "Contracts")
