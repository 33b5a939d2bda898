"""People over REST, with the fields that the scope user_brief shows: no contact details."""

from tests.emulator.caller import Caller
from tests.emulator.entities import Portal, User
from tests.emulator.filters import filter_of, in_order, matches, paged, selected, upper_keys
from tests.emulator.php_forms import as_text
from tests.emulator.wire import Page

REGISTERED = "2024-03-04T00:00:00+00:00"


def profile(caller: Caller, params: dict[str, object]) -> object:
    """Give the least about the person who calls."""
    user = caller.user
    return {
        "ID": str(user.id),
        "ADMIN": user.admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": user.gender,
        "TIME_ZONE": user.time_zone,
    }


def is_admin(caller: Caller, params: dict[str, object]) -> object:
    """Tell whether the person who calls is an administrator of the portal."""
    return caller.user.admin


def current(caller: Caller, params: dict[str, object]) -> object:
    """Give the person who calls."""
    return row_of(caller.user)


def get(caller: Caller, params: dict[str, object]) -> Page:
    """Give people by filter: in FILTER or, as before, beside it. Dismissed ones are included."""
    conditions = {**upper_keys(params), **filter_of(params)}
    found = [
        row_of(user)
        for user in visible(caller)
        if matches(row_of(user), conditions) and meets(user, conditions.get("NAME_SEARCH"))
    ]
    return paged(selected(in_order(found, params), params), params)


def search(caller: Caller, params: dict[str, object]) -> Page:
    """Give people by FIND: names, position and department, from the beginning of words."""
    conditions = {**upper_keys(params), **filter_of(params)}
    find, department = conditions.get("FIND"), conditions.pop("UF_DEPARTMENT_NAME", None)
    found = [
        row_of(user)
        for user in visible(caller)
        if matches(row_of(user), conditions)
        and meets(user, find, user.position, *department_names(caller.portal, user))
        and (not department or begins(department_names(caller.portal, user), as_text(department)))
    ]
    return paged(selected(in_order(found, params), params), params)


def row_of(user: User) -> dict[str, object]:
    """Write a person as user.get does."""
    return {
        "ID": str(user.id),
        "XML_ID": "",
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "TITLE": "",
        "DATE_REGISTER": REGISTERED,
        "IS_ONLINE": "N",
        "TIME_ZONE": user.time_zone,
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": user.gender,
        "PERSONAL_BIRTHDAY": "",
        "WORK_POSITION": user.position,
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": list(user.departments),
        "USER_TYPE": "extranet" if user.extranet else "employee",
    }


def visible(caller: Caller) -> list[User]:
    """Give whom the caller may see: somebody from outside sees the people of shared projects.

    Integrators, bots and mail users are never among them.
    """
    hidden = caller.portal.unlisted_users
    users = [user for user in caller.portal.users.values() if user.id not in hidden]
    if not caller.user.extranet:
        return users
    groups = [group for group in caller.portal.groups.values() if group.holds(caller.user.id)]
    return [
        user
        for user in users
        if user.id == caller.user.id or any(group.holds(user.id) for group in groups)
    ]


def meets(user: User, find: object, *more: str) -> bool:
    """Tell whether every word of a search begins a word of the person's name (or of `more`)."""
    words = " ".join((user.name, user.last_name, *more)).split()
    return all(begins(words, part) for part in as_text(find).split())


def begins(texts: list[str], part: str) -> bool:
    """Tell whether one of the texts begins with the part, whatever its case."""
    return any(text.casefold().startswith(part.casefold()) for text in texts)


def department_names(portal: Portal, user: User) -> list[str]:
    """Give the names of the person's departments."""
    return [portal.departments[number].name for number in user.departments]
