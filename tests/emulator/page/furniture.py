"""What stands around every page of the portal: names, phrases, the person switch, the menu."""

from flask import request

from tests.emulator.entities import Portal, User
from tests.emulator.page.phrases import LANGUAGES, phrases
from tests.emulator.page.visitor import current_visitor, current_world, here, kept_args
from tests.emulator.state import Application

APP_ID = 1

_MENU = {
    "application.show": "app",
    "application.market": "market",
    "contents.flows": "flows",
    "contents.groups": "groups",
    "contents.group": "groups",
}


def around() -> dict[str, object]:
    """Give the templates what every page needs."""
    visitor = current_visitor()
    words = phrases(visitor.language)
    return {
        "t": words,
        "portal": visitor.portal,
        "person": visitor.person,
        "language": visitor.language,
        "languages": LANGUAGES,
        "app_id": APP_ID,
        "app_title": app_title(current_world().app, visitor.language),
        "at": _MENU.get(request.endpoint or ""),
        "framed": in_panel(),
        "crowd": lambda: crowd(visitor.portal, words),
        "initials": initials,
        "kept_args": kept_args,
        "here": here,
        "name_of": lambda user_id: name_of(visitor.portal, user_id),
    }


def in_panel() -> bool:
    """Tell whether the page stands in a side panel, where header and menu are left out."""
    return request.args.get("IFRAME") == "Y"


def stay_in_panel(endpoint: str, values: dict[str, object]) -> None:
    """Let the links of a page in a panel lead to pages for the panel."""
    if in_panel() and endpoint != "static":
        values["IFRAME"] = "Y"


def app_title(app: Application, language: str) -> str:
    """Return the application's title of its card in the language, English where it has none."""
    return app.titles.get(language) or app.titles.get("en") or app.code


def crowd(portal: Portal, words: dict[str, str]) -> list[tuple[str, list[User]]]:
    """Group the people who can sit here: administrators, employees, extranet people."""
    active = [user for user in portal.users.values() if user.active]
    groups = [
        (words["administrators"], [user for user in active if user.admin]),
        (words["employees"], [user for user in active if not user.admin and not user.extranet]),
        (words["extranet"], [user for user in active if not user.admin and user.extranet]),
    ]
    return [group for group in groups if group[1]]


def initials(user: User) -> str:
    """Return the letters that stand for a person without a photo."""
    return (user.name[:1] + user.last_name[:1]).upper()


def name_of(portal: Portal, user_id: int) -> str:
    """Return a person's name, or the bare id of somebody who is not there."""
    user = portal.users.get(user_id)
    return user.full_name if user else str(user_id)
