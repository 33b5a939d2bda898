"""Who sits in front of the page, and in which language: chosen by URL, kept in a cookie."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import current_app, g, redirect, request
from werkzeug.wrappers import Response

from tests.emulator.entities import Portal, User
from tests.emulator.page.phrases import LANGUAGES
from tests.emulator.state import World

PERSON, LANGUAGE = "as", "lang"


@dataclass(frozen=True)
class Visitor:
    """A person at a portal; `language` is "en" or "ru"."""

    portal: Portal
    person: User
    language: str


def current_world() -> World:
    """Return the world whose page is being served."""
    return current_app.extensions["world"]


def current_visitor() -> Visitor:
    """Return who asks for this page."""
    return g.visitor


def recognize() -> Response | None:
    """Find the visitor of this page; a former host of the portal leads to the present one.

    `?as=2&lang=ru` switches both and leads on to the page without them.
    """
    portal = current_world().portal(request.host)
    if portal.host != request.host:
        return redirect(current_world().origin(portal) + request.full_path, 302)
    person, language = _person(portal), _language(portal)
    g.visitor = Visitor(portal, person, language)
    if request.method == "GET" and {PERSON, LANGUAGE} & set(request.args):
        return _remember(g.visitor)
    return None


def _person(portal: Portal) -> User:
    chosen = (request.args.get(PERSON), request.cookies.get(_cookie(portal, PERSON)))
    for wanted in (*chosen, str(portal.person)):
        user = portal.users.get(int(wanted)) if wanted and wanted.isdecimal() else None
        if user and user.active:
            return user
    return next(user for user in portal.users.values() if user.admin and user.active)


def _language(portal: Portal) -> str:
    kept = request.cookies.get(_cookie(portal, LANGUAGE))
    wanted = request.args.get(LANGUAGE, kept)
    return wanted if wanted in LANGUAGES else portal.language


def _remember(visitor: Visitor) -> Response:
    portal = visitor.portal
    # The authorize page of this portal speaks with whoever was chosen last.
    portal.person = visitor.person.id
    rest = kept_args()
    response = redirect(request.path + (f"?{urlencode(rest)}" if rest else ""))
    for name, value in ((PERSON, str(visitor.person.id)), (LANGUAGE, visitor.language)):
        response.set_cookie(_cookie(portal, name), value, httponly=True, samesite="Lax")
    return response


def _cookie(portal: Portal, name: str) -> str:
    """Name a cookie after the portal: ports of one host share their cookies."""
    return f"portal_{portal.member_id[:8]}_{name}"


def kept_args() -> list[tuple[str, str]]:
    """Return the query of this page without the switches."""
    return [pair for pair in request.args.items(multi=True) if pair[0] not in {PERSON, LANGUAGE}]


def here(**switches: str) -> str:
    """Return the address of this page with a switch set."""
    return f"{request.path}?{urlencode([*kept_args(), *switches.items()])}"
