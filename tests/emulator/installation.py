"""The life of the application on a portal: install, finish, update, uninstall, reinstall."""

from tests.emulator.entities import Installation, Portal, User
from tests.emulator.events import emit, flush
from tests.emulator.state import World


class NotAllowed(Exception):  # noqa: N818 - the person is not allowed to
    """Only an administrator may do this."""


def install(world: World, portal: Portal, user: User | int = 1) -> Installation:
    """Put the application on the portal; it stays unfinished until `finish`.

    NotAllowed when the person is no administrator. Installing again starts afresh.
    """
    user_id = user if isinstance(user, int) else user.id
    with world.lock:
        require_admin(portal, user_id)
        portal.installation = Installation(
            user_id, version=world.app.version, scope=world.app.scope
        )
        portal.handlers.clear()
        portal.placements.clear()
        return portal.installation


def finish(world: World, portal: Portal, user: User | int = 1) -> bool:
    """Do what installFinish does: mark the application installed and tell it so.

    Gives True when this call finished the installation; nothing happens for a person who is
    no administrator, or when it was finished before.
    """
    user_id = user if isinstance(user, int) else user.id
    with world.lock:
        installation = portal.installation
        if installation is None or installation.installed or not portal.users[user_id].admin:
            return False
        installation.installed = True
        data = {"VERSION": installation.version, "ACTIVE": "Y", "INSTALLED": "Y",
                "LANGUAGE_ID": portal.language}  # fmt: skip
        emit(world, portal, "ONAPPINSTALL", data, user_id)
    flush(world)
    return True


def update(world: World, portal: Portal, user: User | int = 1) -> None:
    """Bring a new version: it must be finished again, and its handlers are gone."""
    user_id = user if isinstance(user, int) else user.id
    with world.lock:
        require_admin(portal, user_id)
        installation = required(portal)
        previous, installation.version = installation.version, installation.version + 1
        data = {"VERSION": installation.version, "PREVIOUS_VERSION": previous,
                "LANGUAGE_ID": portal.language}  # fmt: skip
        emit(world, portal, "ONAPPUPDATE", data, user_id)
        installation.installed = False
        portal.handlers.clear()
    flush(world)


def uninstall(world: World, portal: Portal, *, clean: bool = True) -> None:
    """Remove the application: its tokens die, then it is told, without tokens.

    `clean` also deletes what the application has stored in the portal.
    """
    with world.lock:
        finished = required(portal).installed
        handlers = [handler for handler in portal.handlers if finished]
        portal.installation = None
        portal.handlers, portal.placements = [], []
        portal.seen_versions.clear()
        kill_tokens(world, portal)
        if clean:
            portal.app_options.clear()
            portal.user_options.clear()
        data = {"LANGUAGE_ID": portal.language, "CLEAN": int(clean)}
        emit(world, portal, "ONAPPUNINSTALL", data, to=handlers)
    flush(world)


def reinstall(world: World, portal: Portal, user: User | int = 1) -> Installation:
    """Install once more after an uninstall, with a new application token."""
    with world.lock:
        portal.application_token = world.auth.secret()
        return install(world, portal, user)


def kill_tokens(world: World, portal: Portal) -> None:
    """Make every grant of our application on this portal worthless."""
    for grant in world.auth.of_portal(portal.member_id):
        if grant.client_id == world.app.client_id:
            grant.revoked = True


def require_admin(portal: Portal, user_id: int) -> None:
    """Raise NotAllowed unless the person is an active administrator."""
    user = portal.users[user_id]
    if not (user.admin and user.active):
        raise NotAllowed(f"user {user_id} may not install applications")


def required(portal: Portal) -> Installation:
    """Give the installation; LookupError when the application is not on the portal."""
    if portal.installation is None:
        raise LookupError("the application is not installed")
    return portal.installation
