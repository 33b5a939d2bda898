"""The database is away for one moment of a write, whichever moment that is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bx24app.store.models import ExchangeRow
from tests.emulator.state import Notice
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


@pytest.mark.parametrize("moment", range(12))
def test_a_goodbye_is_obeyed_or_can_be_sent_again(
    moment: int, installed_app: AppHarness, api: Api
) -> None:
    assert api.get().status_code == 200
    goodbyes: list[Notice] = []
    installed_app.world.sender = goodbyes.append
    installed_app.control.uninstall()
    connections = Connections()
    connections.watch(installed_app.container)
    connections.fail_at(moment)

    answer = installed_app.receive(goodbyes[0].form)

    connections.fail_at(-1)
    assert answer.status_code in (200, 503)
    if answer.status_code == 503:
        assert installed_app.receive(goodbyes[0].form).status_code == 200
    assert installed_app.container.portals.known(installed_app.a.member_id) is None
    ours = select(ExchangeRow).where(ExchangeRow.member_id == installed_app.a.member_id)
    with installed_app.container.database.read() as session:
        assert session.scalars(ours).all() == []
