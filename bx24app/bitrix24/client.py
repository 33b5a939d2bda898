"""Calls to one portal: within its rate limit, and repeated only where that cannot do harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bx24app.bitrix24 import batch_query
from bx24app.bitrix24.answers import parse_batch_item, parse_body, parse_map, with_total
from bx24app.bitrix24.errors import (
    AnswerLost,
    AuthorizationLost,
    Bitrix24Error,
    BulkheadFull,
    Busy,
    OutOfTime,
    PortalClosed,
    PortalGone,
    TokenExpired,
    Unreachable,
    UnreadableAnswer,
    nothing_done,
)
from bx24app.bitrix24.http import Answer, HttpClient
from bx24app.bitrix24.operating_time import RESET_PERIOD, OperatingTime, parse_operating_time
from bx24app.bitrix24.tokens import OAuthToken, TokenSource

TIMEOUT = (3.05, 62.0)
"""Seconds; Bitrix24 itself gives a call 60 (Bitrix24 docs, limits)."""
BATCH = 50
"""Calls in one batch (Bitrix24 docs, how-to-call-rest-api/batch)."""
RIDER = "rider"
"""The name in a batch of the question that travels along."""
REPEATS = 2
"""How often a call that may be repeated is repeated after no answer."""
PAUSE = 0.4
"""Seconds before it is repeated, four times as long the next time."""
BLOCKED = 3
"""How often a call waits for its method to be let through again."""
REDIRECTS = (301, 302, 307, 308)


class Permit(Protocol):
    """One call on its way out."""

    def wait(self) -> float:
        """Wait until the call may be sent, so many seconds; raises Busy when that is too long."""

    def throttled(self) -> None:
        """The portal said it is busy: step back, or raise Busy."""


class RateLimit(Protocol):
    """When requests to the portal may go out."""

    def permit(self, methods: Collection[str]) -> Permit:
        """Begin a call of these methods."""

    def note_operating(self, method: str, spent: OperatingTime) -> None:
        """A method has run that long."""

    def block_method(self, method: str, seconds: float) -> None:
        """A method is blocked for so many seconds."""

    def note_busy(self) -> float:
        """The portal's own bucket is full; gives the seconds until it takes another request."""


@dataclass(frozen=True)
class Exchange:
    """One HTTP request to a portal and what came of it; tokens are not part of it."""

    method: str
    params: Mapping[str, Any] = field(repr=False)
    status: int | None
    error: str | None
    body: Any = field(repr=False)
    seconds: float
    waited: float = 0.0
    """Seconds that it had to wait for the rate limit before it was sent."""


MOST_RECEIVED = 24 * 1024 * 1024
"""Bytes of all answers to one client; ten thousand people are 15 MB."""


@dataclass(frozen=True)
class Rider:
    """A question that travels with the next batch that has room, so that it costs no request."""

    method: str
    take: Callable[[Any], None]
    """Told the result or the Bitrix24Error; must not raise."""


@dataclass(frozen=True)
class ClientContext:
    """What a client needs from the rest of the application."""

    tokens: TokenSource
    rate_limit: RateLimit
    moved: Callable[[str, OAuthToken], str]
    """Told the `Location` of a renamed portal; gives the proven new REST base or raises."""
    record: Callable[[Exchange], None]
    rider: Rider | None = None
    doubted: Callable[[PortalGone], Bitrix24Error] = field(default=lambda refusal: refusal)
    """Told that the portal says we are not installed; gives the error that this stands for."""


class Client:
    """REST of one portal, acting as one user."""

    def __init__(
        self, http: HttpClient, endpoint: str, context: ClientContext, *, retry_pause: float = PAUSE
    ) -> None:
        """`endpoint` is the proven REST base with a slash at its end.

        `retry_pause`: seconds before a call is repeated, four times as long the next time.
        """
        self._http = http
        self._endpoint = endpoint
        self._context = context
        self._retry_pause = retry_pause
        self._rider = context.rider
        self._received = 0

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, safe: bool = False
    ) -> Any:
        """Call one method and give its result.

        `safe` says that running twice does no harm; only then is a call repeated after a lost
        answer. Raises a Bitrix24Error.
        """
        body = self._body(method, dict(params or {}), safe)
        return with_total(body["result"], body.get("total"))

    def batch(
        self, calls: Mapping[str, tuple[str, Mapping[str, Any]]], *, safe: bool = False
    ) -> dict[str, Any]:
        """Call many methods, fifty in a request; each name gets its result or its Bitrix24Error.

        Raises a Bitrix24Error when a request as a whole fails.
        """
        names = list(calls)
        results: dict[str, Any] = {}
        for start in range(0, len(names), BATCH):
            chunk = {name: calls[name] for name in names[start : start + BATCH]}
            results |= self._chunk(chunk, safe)
        return results

    @staticmethod
    def carries(params: Mapping[str, Any]) -> bool:
        """Whether `batch` can transport these values unharmed."""
        return batch_query.can_encode(params)

    def move_to(self, endpoint: str) -> None:
        """Go on at another proven REST base."""
        self._endpoint = endpoint

    def _chunk(
        self, calls: Mapping[str, tuple[str, Mapping[str, Any]]], safe: bool
    ) -> dict[str, Any]:
        commands = {
            name: f"{method}?{batch_query.encode(params)}"
            for name, (method, params) in calls.items()
        }
        rider, self._rider = (None, self._rider) if len(calls) == BATCH else (self._rider, None)
        if rider:
            commands[RIDER] = f"{rider.method}?"
        # Operating time is counted and blocked by method, inside a batch as well.
        methods = {method for method, _ in calls.values()}
        # halt=0: the other commands are carried out although one fails.
        result = self._body("batch", {"halt": 0, "cmd": commands}, safe, methods)["result"]
        if not isinstance(result, dict):
            if safe:
                raise UnreadableAnswer(description="batch without a result")
            # The commands may have run although their results cannot be read.
            raise AnswerLost(description="batch without a result")
        for name, spent in parse_map(result.get("result_time")).items():
            if name in calls:
                self._learn(calls[name][0], spent)
        if rider:
            rider.take(parse_batch_item(RIDER, result, safe=True))
        items = {name: parse_batch_item(name, result, safe=safe) for name in calls}
        return {name: self._heed(calls[name][0], item) for name, item in items.items()}

    def _heed(self, method: str, item: Any) -> Any:
        """Take a refusal inside a batch for the signal that it would be on a call of its own."""
        if isinstance(item, OutOfTime):
            self._context.rate_limit.block_method(method, item.retry_after or RESET_PERIOD)
        elif isinstance(item, Busy):
            item.retry_after = self._context.rate_limit.note_busy()
        elif isinstance(item, PortalGone):
            return self._context.doubted(item)
        return item

    def _body(
        self, method: str, params: dict[str, Any], safe: bool, inner: Collection[str] = ()
    ) -> dict[str, Any]:
        """The loop of one call: wait for the permit, send, and decide whether to send it again."""
        tokens, rate_limit = self._context.tokens, self._context.rate_limit
        tokens.token()  # whoever has none takes no permit
        permit = rate_limit.permit([method, *inner])
        refreshed, unanswered, blocked = False, 0, 0
        while True:
            with nothing_done():
                waited, token = permit.wait(), tokens.token()
            try:
                body = self._send(method, params, token, waited)
            except TokenExpired as error:
                # A token fresh from the server is refused as well, so another refresh cannot help.
                if refreshed:
                    raise AuthorizationLost(error.portal_error, error.portal_description) from None
                with nothing_done():
                    refreshed = bool(tokens.refreshed(token))
            except PortalGone as error:
                raise self._context.doubted(error) from None
            except OutOfTime as error:
                # Refused before it ran, so writes are repeated too; wait() lasts for the block.
                rate_limit.block_method(method, error.retry_after or RESET_PERIOD)
                blocked += 1
                if blocked == BLOCKED:
                    raise
            except Busy:
                # The limit also refuses before anything runs, so this is safe for writes.
                permit.throttled()
            except Unreachable as error:
                unanswered += 1
                # The caller has to look at the portal whether the write was carried out.
                if error.maybe_done and not safe:
                    raise
                # A full bulkhead and a closed portal outlast these short pauses.
                tired = unanswered > REPEATS or isinstance(error, BulkheadFull | PortalClosed)
                if tired or not error.retryable:
                    raise (error.without_doubt() if error.maybe_done else error) from None
                time.sleep(self._retry_pause * 4 ** (unanswered - 1))
            else:
                self._learn(method, body.get("time"))
                return body

    def _learn(self, method: str, spent: Any) -> None:
        """Tell the rate limit how much time a method has used; Bitrix24 may leave that out."""
        operating = parse_operating_time(spent)
        if operating:
            self._context.rate_limit.note_operating(method, operating)

    def _send(
        self, method: str, params: dict[str, Any], token: OAuthToken, waited: float
    ) -> dict[str, Any]:
        if self._received > MOST_RECEIVED:
            raise Unreachable(retryable=False, description="more than is read for one request")
        started = time.monotonic()
        answer: Answer | None = None
        failure: Bitrix24Error | None = None
        try:
            answer = self._post(method, params, token)
            self._received += answer.size
            return parse_body(answer)
        except Bitrix24Error as error:
            failure = error
            raise
        finally:
            # In a finally: the Market's review wants failed exchanges in the journal, too.
            self._context.record(
                Exchange(
                    method=method,
                    params=params,
                    status=answer.status if answer else None,
                    error=failure.portal_error if failure else None,
                    body=answer.body if answer else None,
                    seconds=time.monotonic() - started,
                    waited=waited,
                )
            )

    def _post(self, method: str, params: dict[str, Any], token: OAuthToken) -> Answer:
        # Some web servers drop the Authorization header before PHP sees it, so the token also
        # travels as the documented parameter (Bitrix24 docs, how-to-call-rest-api).
        body = params | {"auth": token.access_token}

        def post() -> Answer:
            return self._http.post(
                self._endpoint + method, token=token.access_token, timeout=TIMEOUT, body=body
            )

        answer = post()
        if answer.status in REDIRECTS and answer.location:
            # A renamed portal; requests would turn the POST into a GET and lose the body.
            # The address counts only when the authorization server confirms it (see `moved`);
            # a second redirect is not followed.
            with nothing_done():
                self._endpoint = self._context.moved(answer.location, token)
            answer = post()
        return answer
