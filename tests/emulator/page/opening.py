"""One opening of the application: the frame's name, what is posted into it, what it may ask for."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.emulator.installation import required
from tests.emulator.launch import launch_form, launch_url
from tests.emulator.page.visitor import Visitor
from tests.emulator.state import World


@dataclass(frozen=True)
class Opening:
    """What the page needs to open the application once.

    `frame_name` is HOST[:port]|PROTO|APP_SID, which the libraries read from `window.name`;
    `init` is the answer to getInitData.
    """

    frame_name: str
    address: str
    origin: str
    sid: str
    form: dict[str, str]
    init: dict[str, object]


def open_application(world: World, visitor: Visitor, options: dict[str, object]) -> Opening:
    """Mint tokens for the person and build the opening: the installer until it has finished.

    `options` is what PLACEMENT_OPTIONS carries: the query of the portal's page.
    """
    portal, person = visitor.portal, visitor.person
    query, form = launch_form(world, portal, person, lang=visitor.language, options=options)
    address = launch_url(world, portal)
    return Opening(
        frame_name=f"{query['DOMAIN']}|{query['PROTOCOL']}|{query['APP_SID']}",
        address=f"{address}{'&' if '?' in address else '?'}{urlencode(query)}",
        origin="{0.scheme}://{0.netloc}".format(urlsplit(address)),
        sid=query["APP_SID"],
        form=form,
        init=_tokens(query, form) | _standing(visitor),
    )


def _tokens(query: dict[str, str], form: dict[str, str]) -> dict[str, object]:
    return {
        "LANG": query["LANG"],
        "DOMAIN": query["DOMAIN"],
        "PROTOCOL": int(query["PROTOCOL"]),
        "PATH": "/rest",
        "AUTH_ID": form["AUTH_ID"],
        "AUTH_EXPIRES": form["AUTH_EXPIRES"],
        "REFRESH_ID": form["REFRESH_ID"],
        "MEMBER_ID": form["member_id"],
        "PLACEMENT": form["PLACEMENT"],
        "PLACEMENT_OPTIONS": json.loads(form["PLACEMENT_OPTIONS"]),
    }


def _standing(visitor: Visitor) -> dict[str, object]:
    portal, person = visitor.portal, visitor.person
    installation = required(portal)
    return {
        "IS_ADMIN": person.admin,
        "INSTALL": not installation.installed,
        "FIRST_RUN": (person.id, installation.version) not in portal.seen_versions,
        # PHP writes an empty map as a list.
        "USER_OPTIONS": portal.user_options.get(person.id) or [],
        "APP_OPTIONS": portal.app_options or [],
    }
