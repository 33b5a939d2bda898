"""Which projects flows make and leave behind: emulated portals and a real one."""

from tests.contract.guest import Guest


def test_a_flow_without_a_project_makes_one_of_its_name(guest: Guest) -> None:
    flow = guest.create("auto", groupId=...)
    assert guest.projects(flow["name"]) == [flow["groupId"]]
    assert flow["groupId"] != guest.group_id


def test_a_project_of_that_name_is_in_the_way(guest: Guest) -> None:
    flow = guest.create("twice", groupId=...)
    again = guest.fields("twice", groupId=...)
    assert guest.flow("create", **again).refusal[:2] == (400, "ERROR_GROUP_NAME_EXISTS")
    guest.flow("delete", id=flow["id"]).result  # noqa: B018
    assert guest.flow("create", **again).refusal[:2] == (400, "ERROR_GROUP_NAME_EXISTS")


def test_a_create_that_fails_late_leaves_a_project(guest: Guest) -> None:
    taken = guest.create("late")
    assert guest.projects(taken["name"]) == []
    assert guest.flow("create", **guest.fields("late", groupId=...)).refusal[:2] == (400, "0")
    assert len(guest.projects(taken["name"])) == 1


def test_a_create_that_fails_early_leaves_none(guest: Guest) -> None:
    fields = guest.fields("early", groupId=..., plannedCompletionTime=1)
    assert guest.flow("create", **fields).refusal[1] == "0"
    assert guest.projects(f"{guest.mark} early") == []


def test_a_renamed_flow_leaves_its_project_as_it_is(guest: Guest) -> None:
    flow = guest.create("before", groupId=...)
    guest.flow("update", id=flow["id"], name=f"{guest.mark} after").result  # noqa: B018
    assert guest.projects(flow["name"]) == [flow["groupId"]]


def test_a_project_stays_as_long_as_a_flow_stands_in_it(guest: Guest) -> None:
    flow = guest.create("held", groupId=...)
    assert guest.ask("sonet_group.delete", GROUP_ID=flow["groupId"]).refusal[0] == 400
    guest.flow("delete", id=flow["id"]).result  # noqa: B018
    assert guest.projects(flow["name"]) == [flow["groupId"]]
    assert guest.ask("sonet_group.delete", GROUP_ID=flow["groupId"]).result is True
