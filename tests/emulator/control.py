"""The control door as Python: every deed that brings trouble, time or change into the world."""

from dataclasses import asdict

from tests.emulator import events, installation
from tests.emulator.dismissal import dismiss
from tests.emulator.entities import Portal
from tests.emulator.faults import ANY, Fault
from tests.emulator.limits import Bucket, Operating
from tests.emulator.state import World

KINDS = ("error", "html", "delay", "lose", "break", "answer")


class Control:
    """The deeds of the door. A `portal` is a host or member_id, portal A unless given.

    Every deed gives plain values, which the door sends as JSON. `method` is a REST method in
    any case, "*" for any, or oauth/token, oauth/app.info, oauth/authorize.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def portal(self, name: str | None = None) -> Portal:
        """Find a portal by host or member_id; portal A unless named."""
        return self.world.portal(name or self.world.portal_hosts[0])

    # -- the whole world ---------------------------------------------------------------------

    def reset(self) -> None:
        """Put everything back as it was at first."""
        self.world.reset()

    def turn_clock(self, seconds: float) -> float:
        """Turn the clock and give the new time in UTC epoch seconds."""
        return self.world.clock.turn(seconds)

    def journal(
        self, method: str | None = None, kind: str | None = None, writes: bool = False
    ) -> list[dict[str, object]]:
        """Give what was received, oldest first: of one method, of one kind, only what writes."""
        with self.world.lock:
            return [
                asdict(entry)
                for entry in self.world.journal
                if (method is None or entry.method.lower() == method.lower())
                and (kind is None or entry.kind == kind)
                and (entry.was_write or not writes)
            ]

    def forget_journal(self) -> None:
        """Empty the journal."""
        with self.world.lock:
            self.world.journal.clear()

    def counters(self) -> dict[str, object]:
        """Count renewals, refusals for the rate, and REST calls by method (batched ones too)."""
        with self.world.lock:
            calls: dict[str, int] = {}
            for entry in self.world.journal:
                if entry.kind == "rest":
                    calls[entry.method] = calls.get(entry.method, 0) + 1
            refused = self.world.limits.refused
            return {"renewals": self.world.auth.renewals, "refused": refused, "calls": calls}

    # -- tokens ------------------------------------------------------------------------------

    def expire_tokens(self, portal: str | None = None, user_id: int | None = None) -> int:
        """Let access tokens of a portal (of one person) expire now; gives how many."""
        with self.world.lock:
            grants = self._grants(portal, user_id)
            for grant in grants:
                grant.expires = self.world.clock.now() - 1
            return len(grants)

    def revoke(self, portal: str | None = None, user_id: int | None = None) -> int:
        """End grants: access tokens have expired, renewing gives invalid_grant."""
        with self.world.lock:
            for grant in self._grants(portal, user_id):
                self.world.auth.by_refresh.pop(grant.refresh_token, None)
        return self.expire_tokens(portal, user_id)

    def rotation(self, strict: bool) -> None:
        """Choose whether a refresh token dies when it is used (strict) or lives on."""
        self.world.auth.strict = strict

    def token_lifetime(self, seconds: float) -> None:
        """Set how long new access tokens live."""
        self.world.auth.access_seconds = seconds

    def _grants(self, portal: str | None, user_id: int | None) -> list:
        found = self.world.auth.of_portal(self.portal(portal).member_id)
        return [grant for grant in found if user_id in {None, grant.user_id}]

    # -- trouble -----------------------------------------------------------------------------

    def fail(
        self,
        method: str = ANY,
        error: str = "INTERNAL_SERVER_ERROR",
        times: int = 1,
        *,
        status: int | None = None,
        description: str | None = None,
        after: int = 0,
        host: str = "",
    ) -> None:
        """Let the next calls fail with an error, by its name or with any code and status.

        `after` calls pass first; `host` narrows it to one portal.
        """
        self._plan("error", method, times, after, host, error=error, status=status,
                   description=description)  # fmt: skip

    def html(
        self,
        method: str = ANY,
        status: int = 502,
        times: int = 1,
        *,
        after: int = 0,
        host: str = "",
    ) -> None:
        """Answer the next calls with a gateway's page."""
        self._plan("html", method, times, after, host, status=status)

    def delay(
        self, method: str = ANY, seconds: float = 1.0, times: int = 1, *, after: int = 0,
        host: str = "",
    ) -> None:  # fmt: skip
        """Let the next calls wait before they are carried out."""
        self._plan("delay", method, times, after, host, seconds=seconds)

    def lose(self, method: str = ANY, times: int = 1, *, after: int = 0, host: str = "") -> None:
        """Carry the next calls out, then break the connection without an answer."""
        self._plan("lose", method, times, after, host)

    def cut(self, method: str = ANY, times: int = 1, *, after: int = 0, host: str = "") -> None:
        """Break the connection of the next calls without carrying them out."""
        self._plan("break", method, times, after, host)

    def answer(
        self, method: str = ANY, result: object = None, times: int = 1, *, after: int = 0,
        host: str = "",
    ) -> None:  # fmt: skip
        """Carry the next calls out, and give `result` for what came of them."""
        self._plan("answer", method, times, after, host, result=result)

    def heal(self) -> None:
        """Drop all trouble that was planned."""
        with self.world.lock:
            self.world.faults.planned.clear()

    def _plan(
        self, kind: str, method: str, times: int, after: int, host: str, **more: object
    ) -> None:
        fault = Fault(kind, method, times, host, after=after, **more)  # type: ignore[arg-type]
        with self.world.lock:
            self.world.faults.planned.append(fault)

    def bucket(
        self, threshold: float | None = 50, rate: float = 2, portal: str | None = None,
        use_clock: bool = False,
    ) -> None:  # fmt: skip
        """Switch the rate bucket on (50:2, 250:5 on the largest plan) or off (threshold null).

        It drains by real time, or by the world's clock.
        """
        limits, member_id = self.world.limits, self.portal(portal).member_id
        with self.world.lock:
            limits.use_clock = use_clock
            limits.buckets.pop(member_id, None)
            if threshold is not None:
                limits.buckets[member_id] = Bucket(threshold, rate)

    def operating(
        self, limit: float | None = 480, cost: float | None = None, portal: str | None = None
    ) -> None:
        """Limit the seconds a method may run in ten minutes (null: no limit).

        `cost` is what every call counts as; the clock frees the time again.
        """
        limits, member_id = self.world.limits, self.portal(portal).member_id
        with self.world.lock:
            limits.operating.pop(member_id, None)
            if limit is not None:
                limits.operating[member_id] = Operating(limit, cost)

    # -- the portal --------------------------------------------------------------------------

    def rename(self, host: str, portal: str | None = None) -> None:
        """Move the portal to another host; the old one answers 302."""
        with self.world.lock:
            found = self.portal(portal)
            del self.world.portals[found.host]
            found.former_hosts.add(found.host)
            found.host = host
            self.world.portals[host] = found

    def language(self, language: str, portal: str | None = None) -> None:
        """Set the language of the portal's phrases."""
        self.portal(portal).language = language

    def dismiss(self, user_id: int, portal: str | None = None) -> None:
        """Dismiss a person: out of all flows; a flow left empty goes to its administrator."""
        with self.world.lock:
            dismiss(self.portal(portal), user_id)

    def hide(self, user_id: int, portal: str | None = None) -> None:
        """Leave a person out of user.get, as integrators, bots and mail users are."""
        self.portal(portal).unlisted_users.add(user_id)

    def plan(self, portal: str | None = None, **facts: object) -> dict[str, object]:
        """Change what the tariff allows: has_flows, trial_used, most_groups, code."""
        plan = self.portal(portal).plan
        for name, value in facts.items():
            if name not in asdict(plan):
                raise ValueError(f"a plan has no {name}")
            setattr(plan, name, value)
        return asdict(plan)

    # -- the application on the portal -------------------------------------------------------

    def install(self, portal: str | None = None, user_id: int = 1) -> None:
        """Put the application on the portal, unfinished."""
        installation.install(self.world, self.portal(portal), user_id)

    def finish(self, portal: str | None = None, user_id: int = 1) -> bool:
        """Do what installFinish does."""
        return installation.finish(self.world, self.portal(portal), user_id)

    def update(self, portal: str | None = None, user_id: int = 1) -> None:
        """Bring a new version, which has to be finished again."""
        installation.update(self.world, self.portal(portal), user_id)

    def uninstall(self, portal: str | None = None, clean: bool = True) -> None:
        """Remove the application and tell it."""
        installation.uninstall(self.world, self.portal(portal), clean=clean)

    def reinstall(self, portal: str | None = None, user_id: int = 1) -> None:
        """Install again, with a new application token."""
        installation.reinstall(self.world, self.portal(portal), user_id)

    def payment(self, expired: bool, portal: str | None = None) -> None:
        """End (or restore) what was paid for the application."""
        installation.required(self.portal(portal)).payment_expired = expired

    def deny(self, user_id: int, portal: str | None = None, denied: bool = True) -> None:
        """Take a person's access to the application, or give it back."""
        users = installation.required(self.portal(portal)).denied_users
        users.add(user_id) if denied else users.discard(user_id)

    def send_event(
        self,
        event: str,
        data: dict[str, object] | None = None,
        portal: str | None = None,
        user_id: int | None = None,
    ) -> None:
        """Send an event to its handlers, with a person's tokens or without any."""
        with self.world.lock:
            events.emit(self.world, self.portal(portal), event.upper(), data or {}, user_id)
        events.flush(self.world)
