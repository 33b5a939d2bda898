"""What a search forgives: layout, ё, order of words, one typing error, and nothing more."""

from __future__ import annotations

import pytest

from bx24app.bitrix24.forgiving import best_matches

PEOPLE = ["Alice Carter Head of IT", "Вера Семёнова Бухгалтер", "Boris Lee Sales manager"]
ALICE, VERA, BORIS = PEOPLE


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("alice", [ALICE]),
        ("carter al", [ALICE]),
        ("семенова", [VERA]),
        ("СЕМЁНОВА", [VERA]),
        ("dthf", [VERA]),
        ("фдшсу", [ALICE]),
        ("бухгалтер", [VERA]),
        ("sales man", [BORIS]),
        ("alcie", [ALICE]),
        ("alise", [ALICE]),
        ("cartter", [ALICE]),
        ("бухалтер", [VERA]),
        ("ckarrter", []),
        ("bo", [BORIS]),
        ("xo", []),
        ("zzzz", []),
    ],
)
def test_slips_are_forgiven(query: str, found: list[str]) -> None:
    assert best_matches(query, PEOPLE, str) == found


def test_an_exact_hit_hides_what_only_resembles() -> None:
    assert best_matches("anna", ["Anna Stone", "Anka Hill"], str) == ["Anna Stone"]
