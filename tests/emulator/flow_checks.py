"""What a flow must satisfy: bounds of its fields, and the things it refers to."""

from collections.abc import Iterable

from tests.emulator.entities import Flow, Portal
from tests.emulator.flow_fields import THRESHOLDS, FlowData
from tests.emulator.flow_members import ALLOWED, codes_of, numbers
from tests.emulator.phrases import Refusal, must_be, phrase, unexpected

SHORTEST, LONGEST = 3600, 2145398400
NAME_LENGTH = 255
KINDS = ("manually", "queue", "himself", "immutable")
GROUP_KINDS = {"group", "project", "scrum"}


def check_fields(data: FlowData, portal: Portal, *, creating: bool) -> None:
    """Raise Refusal for the first field that is out of bounds, in Bitrix24's order.

    A new flow must have a time, a name, a distribution and someone responsible.
    """
    for name in ("ownerId", "groupId") if creating else ("creatorId", "ownerId", "groupId"):
        if data.has(name) and data.number(name) <= 0 and not (creating and name == "groupId"):
            raise must_be(name, "be greater than 0")
    check_range(data, "templateId", 0, None)
    check_range(data, "efficiency", 0, 100)
    check_required(data, "plannedCompletionTime", creating)
    check_range(data, "plannedCompletionTime", SHORTEST, LONGEST)
    check_required(data, "name", creating)
    if data.has("name") and not 1 <= len(data.text("name")) <= NAME_LENGTH:
        raise Refusal(f"'name': field's length must be greater than 1 and less than {NAME_LENGTH}")
    check_required(data, "distributionType", creating)
    check_kind(data, portal)
    check_members(data, "responsibleList", required=creating)
    for name, most in THRESHOLDS.items():
        check_range(data, name, 0, most)
    check_members(data, "taskCreators", required=False)


def check_required(data: FlowData, name: str, creating: bool) -> None:
    """Raise Refusal when a new flow lacks the field."""
    if creating and not data.has(name):
        raise Refusal(f"Property {name} cannot be null")


def check_range(data: FlowData, name: str, least: int, most: int | None) -> None:
    """Raise Refusal outside of the bounds; "greater than N" lets N itself pass."""
    if not data.has(name):
        return
    if data.number(name) < least:
        raise must_be(name, f"be greater than {least}")
    if most is not None and data.number(name) > most:
        raise must_be(name, f"be less than {most}")


def check_kind(data: FlowData, portal: Portal) -> None:
    """Raise Refusal for a distribution the portal does not know; its case matters."""
    known = KINDS if portal.has_list else KINDS[:3]
    if data.has("distributionType") and data.text("distributionType") not in known:
        raise unexpected("distributionType")


def check_members(data: FlowData, name: str, *, required: bool) -> None:
    """Raise Refusal for a member that may not be one, or when a required list is empty."""
    codes = codes_of(data, name)
    if required and not codes:
        raise must_be(name, "not be empty")
    if not all(ALLOWED.fullmatch(code) for code in codes or []):
        raise unexpected(name)


def check_name(portal: Portal, name: str, except_id: int = 0) -> None:
    """Raise Refusal when another flow has the name."""
    if name_taken(portal.flows.values(), name, except_id):
        raise Refusal(phrase(portal, "duplicate"))


def name_taken(things: Iterable[Flow], name: str, except_id: int = 0) -> bool:
    """Tell whether one of the things has the name; case and blanks at the end do not count."""
    return any(same(thing.name, name) and thing.id != except_id for thing in things)


def same(one: str, other: str) -> bool:
    """Compare names as the database's collation does."""
    return one.rstrip().casefold() == other.rstrip().casefold()


def check_people(portal: Portal, data: FlowData) -> None:
    """Raise Refusal for the first person who does not exist; dismissed ones do."""
    ids = [data.number("ownerId")] if data.has("ownerId") else []
    for name in ("responsibleList", "taskCreators"):
        ids += numbers(codes_of(data, name) or [], "U")
    for user_id in ids:
        if user_id not in portal.users:
            raise Refusal(f"User {user_id} doesn't exists")


def check_project(portal: Portal, group_id: int) -> None:
    """Raise Refusal for a project that is not there or is a collab."""
    group = portal.groups.get(group_id)
    if group is None or group.kind not in GROUP_KINDS:
        raise Refusal(f"Project {group_id} doesn't exists or cannot be used")


def check_template(portal: Portal, template_id: int) -> None:
    """Raise Refusal for a template that is not there."""
    if template_id > 0 and template_id not in portal.templates:
        raise Refusal(f"Template {template_id} doesn't exists")


def check_departments(portal: Portal, data: FlowData) -> None:
    """Raise Refusal for the first department that is not there."""
    for name in ("responsibleList", "taskCreators"):
        for number in numbers(codes_of(data, name) or [], "D", "DR"):
            if number not in portal.departments:
                raise Refusal(f"Department {number} doesn't exist")
