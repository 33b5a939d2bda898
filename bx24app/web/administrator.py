"""Lets only administrators of the portal in, where a page works for the portal as a whole."""

from __future__ import annotations

from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.author import Author
from bx24app.portals.installation import NotAdministrator
from bx24app.portals.portal import Portal
from bx24app.web import session
from bx24app.web.context import container

ADMINISTRATORS_ONLY = N_("Only administrators of this Bitrix24 can open this page.")


def portal_of_administrator(message: str = ADMINISTRATORS_ONLY) -> Portal:
    """The portal of the session, if the portal itself calls the person an administrator now.

    Somebody may have lost that right since the page was opened. Raises NotAdministrator.
    """
    # Asked anew each time, with the token of the person and not of the installer.
    if not session.actor().directory.me().admin:
        raise NotAdministrator(message=message)
    return session.portal()


def planner(portal: Portal) -> Actor:
    """The means to plan and to change the portal's flows on behalf of the person.

    Plans are carried out in the background, so they work with the installer's token.
    """
    return container().access.as_installer(portal, author=author())


def author() -> Author:
    """The person of the session, for the history of what their plans change."""
    user_id = str(session.current().user_id)
    try:
        pair = ("user", user_id)
        name = session.actor().directory.entries([pair])[pair].name
    except Error:
        # A name only decorates the history.
        name = ""
    return Author("person", user_id, name, through="plan")
