"""On whose behalf flows are changed, and by which way, for their history."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Author:
    """On whose behalf something is done, and by which way; for the history of flows."""

    kind: str
    """person, key, operator or unknown."""
    id: str = ""
    """Number of the person or API key."""
    name: str = ""
    """Name of the person or label of the key, where it is known."""
    through: str = "api"
    """form, api, plan, rollout or elsewhere."""


ELSEWHERE = Author("unknown", through="elsewhere")
"""Somebody in Bitrix24 itself."""
OPERATOR = Author("operator")
"""Whoever runs the application, on the command line."""
