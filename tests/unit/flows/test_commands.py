"""What a portal's answers say of the flow that has a name."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.bitrix24.errors import UnreadableAnswer, error_for
from bx24app.flows.commands import has_list, parse_found

ANSWERS: dict[str, tuple[Any, int | None]] = {
    "it stands there": ([{"id": 5, "name": "Contracts"}], 5),
    "in other letters": ([{"id": 5, "name": "CONTRACTS"}], 5),
    "two in other letters": (
        [{"id": 4, "name": "contracts"}, {"id": 5, "name": "Contracts"}],
        5,
    ),
    "there is none": ([], None),
    "the portal took no notice of the filter": ([{"id": 5, "name": "Another"}], None),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_flow_is_found_by_its_name_and_by_nothing_else(case: str) -> None:
    answer, number = ANSWERS[case]

    row = parse_found(answer, "Contracts")

    assert (row and row["id"]) == number


@pytest.mark.parametrize("answer", [None, True, "", {}, {"flows": []}, 5])
def test_an_answer_that_is_no_list_does_not_say_that_there_is_none(answer: Any) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_found(answer, "Contracts")


@pytest.mark.parametrize(
    ("code", "listed"), [("ERROR_METHOD_NOT_FOUND", False), ("QUERY_LIMIT_EXCEEDED", True)]
)
def test_only_a_portal_without_the_method_has_no_list(code: str, listed: bool) -> None:
    assert has_list(error_for(code, "")) is listed
