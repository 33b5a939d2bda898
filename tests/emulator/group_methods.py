"""Projects over REST: the older method with upper-case keys and the newer controller."""

from tests.emulator.caller import Caller
from tests.emulator.coercion import items, to_int
from tests.emulator.entities import Group
from tests.emulator.filters import filter_of, in_order, matches, paged, upper_keys
from tests.emulator.php_forms import as_text
from tests.emulator.wire import Page, RestError

CREATED = "2025-02-03T09:00:00+00:00"
LOWER = {"ID": "id", "NAME": "name", "OWNER_ID": "ownerId", "DESCRIPTION": "description",
         "ACTIVE": "active", "VISIBLE": "visible", "OPENED": "opened", "CLOSED": "closed",
         "PROJECT": "project", "TYPE": "type", "DATE_CREATE": "dateCreate",
         "NUMBER_OF_MEMBERS": "numberOfMembers", "IMAGE_ID": "imageId"}  # fmt: skip
SHOWN = ("ID", "NAME")
DEPENDENT_FLOW = "Cannot delete workgroup/project because it has a dependent flow."


def visible(caller: Caller) -> list[Group]:
    """Give the projects the caller may see: secret ones are for members and administrators."""
    user = caller.user
    return [
        group
        for group in caller.portal.groups.values()
        if user.admin or group.holds(user.id) or (group.visible and not user.extranet)
    ]


def sonet_get(caller: Caller, params: dict[str, object]) -> Page:
    """Give projects by FILTER or GROUP_ID, with keys in upper case."""
    given = upper_keys(params)
    group_id = given.get("GROUP_ID")
    conditions = filter_of(params)
    if group_id is not None:
        conditions["ID"] = group_id
    rows = [row_of(group) for group in visible(caller)]
    return paged([row for row in rows if matches(row, conditions)], params)


def workgroup_list(caller: Caller, params: dict[str, object]) -> Page:
    """Give projects by filter; `select` names the columns, id and name unless said otherwise."""
    conditions = filter_of(params)
    chosen = [as_text(name).upper() for name in items(upper_keys(params).get("SELECT"))]
    names = [name for name in LOWER if name in (chosen or SHOWN) or "*" in chosen]
    found = [row for row in map(row_of, visible(caller)) if matches(row, conditions)]
    rows = [
        {LOWER[name]: row[name] for name in {"ID": 0, **dict.fromkeys(names)}}
        for row in in_order(found, params)
    ]
    return paged(rows, params, lambda part: {"workgroups": part})


def workgroup_get(caller: Caller, params: dict[str, object]) -> object:
    """Give one project, with keys in upper case; an error when the caller may not see it."""
    inner = params.get("params")
    group_id = to_int(inner.get("groupId")) if isinstance(inner, dict) else None
    for group in visible(caller):
        if group.id == group_id:
            return row_of(group)
    raise RestError("0", "Workgroup not found")


def sonet_delete(caller: Caller, params: dict[str, object]) -> bool:
    """Delete a project that no flow stands in; for its owner and administrators."""
    group_id = to_int(upper_keys(params).get("GROUP_ID"))
    if not isinstance(group_id, int) or group_id <= 0:
        raise RestError("", "Wrong group ID")
    group = next((group for group in visible(caller) if group.id == group_id), None)
    if group is None:
        raise RestError("", "Socialnetwork group not found")
    if not (caller.user.admin or caller.user.id == group.owner_id):
        raise RestError("", "User has no permissions to delete group")
    if any(flow.group_id == group.id for flow in caller.portal.flows.values()):
        raise RestError("", DEPENDENT_FLOW)
    del caller.portal.groups[group.id]
    return True


def row_of(group: Group) -> dict[str, object]:
    """Write a project with the keys of the older method."""
    return {
        "ID": str(group.id),
        "SITE_ID": "s1",
        "NAME": group.name,
        "DESCRIPTION": group.description,
        "DATE_CREATE": CREATED,
        "ACTIVE": "Y",
        "VISIBLE": flag(group.visible),
        "OPENED": flag(group.opened),
        "CLOSED": flag(group.closed),
        "SUBJECT_ID": "1",
        "OWNER_ID": str(group.owner_id),
        "NUMBER_OF_MEMBERS": str(len({group.owner_id, *group.members})),
        "PROJECT": flag(group.kind == "project"),
        "TYPE": group.kind,
        "IMAGE_ID": None,
        "IS_EXTRANET": "N",
    }


def flag(value: bool) -> str:
    """Write a switch as Y or N."""
    return "Y" if value else "N"
