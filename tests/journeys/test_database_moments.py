"""The database is away for one moment of a write, whichever moment that is."""

from __future__ import annotations

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.lost_connections import Connections
from tests.support.samples import LEAST


@pytest.mark.parametrize("moment", range(14))
def test_a_creation_is_told_as_it_is(moment: int, installed_app: AppHarness, api: Api) -> None:
    connections = Connections()
    connections.watch(installed_app.container)
    connections.fail_at(moment)

    answer = api.post(LEAST | {"name": "Moment"})

    connections.fail_at(-1)
    made = [flow for flow in installed_app.a.flows.values() if flow.name == "Moment"]
    assert answer.status_code in (201, 503)
    assert len(made) <= 1
    if answer.status_code == 201:
        assert made
    elif made:
        assert answer.json["mayHaveHappened"] is True
