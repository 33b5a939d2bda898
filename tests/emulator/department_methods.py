"""The company structure over REST."""

from tests.emulator.caller import Caller
from tests.emulator.entities import Department
from tests.emulator.filters import in_order, matches, paged, upper_keys
from tests.emulator.wire import Page

SORTED = 500


def get(caller: Caller, params: dict[str, object]) -> Page:
    """Give departments by ID, NAME, PARENT or UF_HEAD; ids are strings."""
    given = upper_keys(params)
    conditions = {key: given[key] for key in ("ID", "NAME", "PARENT", "UF_HEAD") if key in given}
    rows = [row_of(department) for department in caller.portal.departments.values()]
    whole = {"PARENT": "", "UF_HEAD": ""}
    found = [row for row in rows if matches({**whole, **row}, conditions)]
    return paged(in_order(found, params), params)


def row_of(department: Department) -> dict[str, object]:
    """Write a department; the root has no PARENT."""
    row: dict[str, object] = {
        "ID": str(department.id),
        "NAME": department.name,
        "SORT": SORTED,
    }
    if department.parent is not None:
        row["PARENT"] = str(department.parent)
    if department.head is not None:
        row["UF_HEAD"] = str(department.head)
    return row
