"""Asking the authorization server whether we are still installed, before anything is deleted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bx24app.bitrix24.errors import Bitrix24Error, PortalGone
from bx24app.bitrix24.oauth import AuthorizationServer
from bx24app.errors import Error
from bx24app.portals.registry import Portal, PortalRegistry
from bx24app.portals.state import News, Status
from bx24app.portals.token_store import TokenStore

MOST_TOKENS = 3
"""Tokens of one portal that are tried, the last used first."""

log = logging.getLogger("bx24app.verification")


class Standing(StrEnum):
    """What an authorization server says, asked whether we are installed on a portal."""

    INSTALLED = "installed"
    GONE = "gone"
    UNKNOWN = "unknown"
    """It does not answer, or no token is left to ask with."""


@dataclass(frozen=True)
class Verified:
    """What `verify_all` has done."""

    asked: int
    removed: tuple[Portal, ...]


class Verification:
    """Finds the portals that removed the application although no uninstall event arrived."""

    def __init__(
        self, *, registry: PortalRegistry, tokens: TokenStore, oauth: AuthorizationServer
    ) -> None:
        """Ask `oauth` with the `tokens` of the portals in `registry`."""
        self._registry = registry
        self._tokens = tokens
        self._oauth = oauth

    def verify_all(self, unseen: timedelta, again: timedelta) -> Verified:
        """Ask every portal that is under suspicion or was not seen for `unseen`.

        Removes those that said no twice, at least `again` apart.
        """
        now = datetime.now(UTC)
        asked = [portal for portal in self._registry.all() if _is_doubtful(portal, now - unseen)]
        removed = [portal for portal in asked if self._leaves(portal, again)]
        return Verified(len(asked), tuple(removed))

    def standing(self, portal: Portal) -> Standing:
        """Ask the stored, proven authorization server about a portal, and write down what it says.

        It is asked with a living access token where there is one; only where that does not help
        is a token refreshed, which is what a server refuses for a portal that has let us go.
        """
        for user_id in self._users(portal)[:MOST_TOKENS]:
            answer = self._ask(portal, user_id)
            if answer is Standing.GONE:
                self._registry.note(portal, News.CONFIRMED, "not_installed")
            # Another user's token is tried only if this one could not tell.
            if answer is not Standing.UNKNOWN:
                return answer
        return Standing.UNKNOWN

    def _leaves(self, portal: Portal, again: timedelta) -> bool:
        """Ask about one portal; remove it if this is the second answer that it is gone."""
        try:
            if self.standing(portal) is not Standing.GONE:
                return False
            # `portal` was read before this request, so this is the date of an earlier answer.
            said_before = portal.refused_at
            if said_before is None or said_before > datetime.now(UTC) - again:
                return False
            self._registry.forget(portal.member_id)
        except Error as error:
            log.warning("not verified", extra={"portal": portal.member_id, "error": error.code})
            return False
        log.info("portal removed", extra={"portal": portal.member_id})
        return True

    def _users(self, portal: Portal) -> list[int]:
        users = self._tokens.users(portal.member_id)
        # A stable sort: the installer first, then the last used.
        return sorted(users, key=lambda user_id: user_id != portal.installer_id)

    def _ask(self, portal: Portal, user_id: int) -> Standing:
        token = self._tokens.stored(portal.member_id, user_id)
        try:
            if token is None or not self._vouches(portal, token.access_token):
                # Refreshing comes last: it spends the refresh token, and Bitrix24 may block an
                # application that refreshes without need.
                fresh = self._tokens.ask_again(portal.member_id, user_id)
                if not self._vouches(portal, fresh.access_token):
                    return Standing.UNKNOWN
        except PortalGone:
            return Standing.GONE
        except Error:
            return Standing.UNKNOWN
        return Standing.INSTALLED

    def _vouches(self, portal: Portal, access_token: str) -> bool:
        """Whether the server confirms our token on that portal; if so, report it as news."""
        try:
            info = self._oauth.verify_token(access_token, portal.member_id, portal.auth_server)
        except Bitrix24Error:
            return False
        # A token can be alive although the installation has not been finished.
        self._registry.move(info, News.PROVEN if info.installed else News.SUCCESS)
        return True


def _is_doubtful(portal: Portal, until: datetime) -> bool:
    unsure = portal.suspected_at is not None or portal.status is Status.UNINSTALLED
    return unsure or portal.seen_at <= until
