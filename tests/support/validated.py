"""Changes of a flow as a test wants them: checked, or InvalidFlow raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.flows.problems import refuse
from bx24app.flows.spec import FlowChanges, validate_changes


def parse_changes(flow: Mapping[str, Any], data: Any) -> FlowChanges:
    """What really differs from `flow`; raises InvalidFlow with everything that is wrong."""
    changes, problems = validate_changes(flow, data)
    refuse(problems)
    return changes
