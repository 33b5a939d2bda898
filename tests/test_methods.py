"""What a portal's answers say of the flow that has a name."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.bitrix24.errors import Refused, from_wire
from bx24app.errors import Error
from bx24app.flows.methods import found

FLOW = {"id": 5, "name": "Contracts"}
NO_SUCH_METHOD = from_wire("ERROR_METHOD_NOT_FOUND", "Method not found!")
ANSWERS: dict[str, tuple[Any, Any, Any]] = {
    "it stands there": ([FLOW], FLOW, FLOW),
    "in other letters": ([FLOW | {"name": "CONTRACTS"}], FLOW, FLOW),
    "there is none": ([], Refused("0", "no such flow"), None),
    "the portal has no list": (NO_SUCH_METHOD, Refused("100", "no such flow"), None),
    "the portal took no notice of the filter": ([FLOW | {"name": "Another"}], FLOW, None),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_flow_is_found_by_its_name_and_by_nothing_else(case: str) -> None:
    rows, flow, expected = ANSWERS[case]

    assert found({"found": rows, "flow": flow}, "Contracts") == expected


def test_a_portal_that_cannot_answer_does_not_say_that_there_is_none() -> None:
    with pytest.raises(Error):
        found({"found": from_wire("QUERY_LIMIT_EXCEEDED", ""), "flow": {}}, "Contracts")
