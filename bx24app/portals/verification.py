"""Asking the authorization server whether we are still installed, before anything is deleted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bx24app.bitrix24.errors import Bitrix24Error, PortalGone, SuspectedGone, Unreachable
from bx24app.bitrix24.oauth import AuthorizationServer
from bx24app.errors import Error
from bx24app.portals.portal import Portal
from bx24app.portals.questions import Questions
from bx24app.portals.registry import PortalRegistry
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
        self,
        *,
        registry: PortalRegistry,
        tokens: TokenStore,
        oauth: AuthorizationServer,
        questions: Questions,
    ) -> None:
        """Ask `oauth` with the `tokens` of the portals in `registry`.

        `questions` bounds how often, where a portal or a stranger causes it.
        """
        self.questions = questions
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

    def judge(self, portal: Portal, user_id: int, refusal: PortalGone) -> Bitrix24Error:
        """What it means that a portal refuses a call because we are not installed, as it says.

        One answer is a suspicion: the authorization server is asked, at most once a minute for a
        portal, and only its word makes the refusal one. `user_id` owns the token of the call.
        """
        known = self._registry.known(portal.member_id)
        # Where nothing is stored of the portal any more, it has been asked already.
        if known is None or known.status is Status.UNINSTALLED:
            return refusal
        if self.questions.may_ask(portal.member_id):
            if self._ask(known, user_id) is Standing.GONE:
                self._registry.note(known, News.CONFIRMED, refusal.portal_error)
                return refusal
            # Its server's word ends a suspicion, but here the portal itself still refuses.
            self._registry.note(known, News.DOUBT, refusal.portal_error)
        return suspicion_of(refusal)

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
        except (PortalGone, SuspectedGone):
            return Standing.GONE
        except Error:
            return Standing.UNKNOWN
        return Standing.INSTALLED

    def _vouches(self, portal: Portal, access_token: str) -> bool:
        """Whether the server confirms our token on that portal; if so, report it as news."""
        try:
            info = self._oauth.verify_token(access_token, portal.member_id, portal.auth_server)
        except Unreachable:
            # Silence is no answer, and a refresh token must not be spent because of it.
            raise
        except Bitrix24Error:
            return False
        # A token can be alive although the installation has not been finished.
        self._registry.move(info, News.PROVEN if info.installed else News.SUCCESS)
        return True


def suspicion_of(refusal: PortalGone) -> SuspectedGone:
    """The error for a refusal that nobody has confirmed."""
    return SuspectedGone(refusal.portal_error, refusal.portal_description)


def _is_doubtful(portal: Portal, until: datetime) -> bool:
    unsure = portal.suspected_at is not None or portal.status is Status.UNINSTALLED
    return unsure or portal.seen_at <= until
