"""Who calls a REST method: the proof in the token, and what the person and application may."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.emulator.entities import Portal, User
from tests.emulator.faults import system_error
from tests.emulator.grants import Grant
from tests.emulator.incoming import Asked
from tests.emulator.state import World


@dataclass
class Caller:
    """A person who calls through an application or an inbound webhook.

    `wait` sleeps for a number of seconds, `verb` is that of the request, `lost` is set when the
    answer will not arrive.
    """

    world: World
    portal: Portal
    grant: Grant
    user: User
    wait: Callable[[float], None]
    verb: str = "POST"
    lost: bool = False

    @property
    def now(self) -> float:
        """The world's time in UTC epoch seconds."""
        return self.world.clock.now()

    @property
    def ours(self) -> bool:
        """Whether the application is the one under test."""
        return self.grant.client_id == self.world.app.client_id


def recognize(world: World, portal: Portal, asked: Asked, wait: Callable[[float], None]) -> Caller:
    """Find out who calls; RestError with Bitrix24's code when the proof is not good here."""
    proven = webhook_grant if asked.token_in == "path" else proven_grant
    grant = proven(world, portal, asked.token)
    user = portal.users[grant.user_id]
    if not user.active:
        raise system_error("authorization_error")
    caller = Caller(world, portal, grant, user, wait)
    installation = portal.installation
    if caller.ours and installation is not None:
        if installation.payment_expired:
            raise system_error("PAYMENT_REQUIRED")
        if user.id in installation.denied_users:
            raise system_error("user_access_error")
    return caller


def proven_grant(world: World, portal: Portal, token: str) -> Grant:
    """Find the living grant of a token on this portal, or raise the RestError it deserves."""
    if not token:
        raise system_error("NO_AUTH_FOUND")
    grant = world.auth.by_access.get(token)
    if grant is None or grant.member_id != portal.member_id:
        raise system_error("invalid_token")
    if grant.client_id == world.app.client_id and portal.installation is None:
        raise system_error("ERROR_OAUTH")
    if grant.revoked:
        raise system_error("invalid_token")
    if grant.expires <= world.clock.now():
        raise system_error("expired_token")
    return grant


def webhook_grant(world: World, portal: Portal, key: str) -> Grant:
    """Find the inbound webhook of this portal; RestError when there is none with that key."""
    grant = world.auth.webhooks.get(key)
    if grant is None or grant.member_id != portal.member_id:
        raise system_error("INVALID_CREDENTIALS", status=401)
    return grant


def require_scope(caller: Caller, scopes: tuple[str, ...]) -> None:
    """Raise RestError insufficient_scope unless one of the scopes was granted (none: anybody)."""
    if scopes and not set(scopes) & set(caller.grant.scope):
        raise system_error("insufficient_scope")
