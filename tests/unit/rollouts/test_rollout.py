"""Waves, and when a rollout goes on, stops or ends; without a portal and a database."""

from __future__ import annotations

import pytest

from bx24app.rollouts.rollout import next_state, wave_numbers

W, R, D, F, C = "waiting", "running", "done", "failed", "cancelled"


@pytest.mark.parametrize(
    ("count", "waves", "expected"),
    [
        (1, [1, 10], [0]),
        (4, [1, 2], [0, 1, 1, 2]),
        (3, [10], [0, 0, 0]),
        (3, [1, 10**12], [0, 1, 1]),
        (14, [1, 10], [0, *[1] * 10, *[2] * 3]),
    ],
)
def test_what_is_left_after_the_waves_is_one_more(
    count: int, waves: list[int], expected: list[int]
) -> None:
    assert wave_numbers(count, waves) == expected


@pytest.mark.parametrize(
    ("portals", "wave", "stop_after", "expected"),
    [
        ([(0, W), (1, W)], 0, 0.1, ("running", 0)),
        ([(0, R), (1, W)], 0, 0.1, ("running", 0)),
        ([(0, D), (1, W)], 0, 0.1, ("running", 1)),
        ([(0, F), (1, W)], 0, 0.1, ("stopped", 0)),
        ([(0, F), (0, R), (1, W)], 0, 0.0, ("running", 0)),
        ([(0, D), (1, F), (1, D), (2, W)], 1, 0.5, ("running", 2)),
        ([(0, D), (1, F), (2, W)], 1, 0.5, ("running", 2)),
        ([(0, D), (1, F), (2, W)], 1, 0.49, ("stopped", 1)),
        ([(0, F), (1, W)], 0, 1.0, ("running", 1)),
        ([(0, D), (1, D)], 1, 0.1, ("done", 1)),
        ([(0, D), (1, F)], 1, 0.1, ("partly_done", 1)),
        ([(0, F)], 0, 0.1, ("partly_done", 0)),
        ([(0, D), (1, C)], 0, 0.1, ("cancelled", 0)),
        ([(0, R), (1, C)], 0, 0.1, ("running", 0)),
        ([], 0, 0.1, ("done", 0)),
    ],
)
def test_the_state_follows_from_the_portals(
    portals: list[tuple[int, str]], wave: int, stop_after: float, expected: tuple[str, int]
) -> None:
    assert next_state(portals, wave, stop_after) == expected
