"""What a portal's frame posts to the application: query and form, for any person and place."""

import json
import secrets
from collections.abc import Mapping

from tests.emulator.entities import Portal, User
from tests.emulator.grants import Grant
from tests.emulator.state import World


def launch_form(
    world: World,
    portal: Portal,
    user: User | int,
    *,
    placement: str = "DEFAULT",
    lang: str | None = None,
    options: Mapping[str, object] | None = None,
    legacy: bool = False,
    grant: Grant | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Give the query and the form of the request that opens the application in its frame.

    Every call mints a new grant for the person, unless one is given. `options` is what
    PLACEMENT_OPTIONS carries; empty ones are written as PHP does, `[]`. A `legacy` portal
    leaves out SERVER_ENDPOINT, APPLICATION_TOKEN and APPLICATION_SCOPE.
    """
    grant = grant or world.install_pair(portal, user)
    query = {
        "DOMAIN": portal.host,
        "PROTOCOL": "1" if world.scheme == "https" else "0",
        "LANG": lang or portal.language,
        "APP_SID": secrets.token_hex(16),
    }
    form = {
        "AUTH_ID": grant.access_token,
        "AUTH_EXPIRES": str(round(grant.expires - world.clock.now())),
        "REFRESH_ID": grant.refresh_token,
        "SERVER_ENDPOINT": world.server_endpoint,
        "APPLICATION_TOKEN": portal.application_token,
        "APPLICATION_SCOPE": ",".join(grant.scope),
        "member_id": portal.member_id,
        "status": portal.installation.status if portal.installation else "F",
        "PLACEMENT": placement,
        "PLACEMENT_OPTIONS": json.dumps(options or []),
    }
    if legacy:
        for name in ("SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE"):
            del form[name]
    return query, form


def launch_url(world: World, portal: Portal) -> str:
    """Give the address the frame opens: the installer's until installFinish, then the app's."""
    installation = portal.installation
    ready = installation is not None and installation.installed
    return world.app.launch_url if ready else world.app.install_url
