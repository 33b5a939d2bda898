"""Calls to one portal: paced, renewed, and repeated only where that cannot do harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bx24app.bitrix24 import batch_query
from bx24app.bitrix24.errors import (
    AnswerLost,
    AuthorizationLost,
    Bitrix24Error,
    BulkheadFull,
    Busy,
    OutOfTime,
    PortalClosed,
    Refused,
    TokenExpired,
    Unreachable,
    error_for,
)
from bx24app.bitrix24.http import Answer, HttpClient
from bx24app.bitrix24.tokens import OAuthToken, TokenSource

TIMEOUT = (3.05, 62.0)
"""Seconds; Bitrix24 itself gives a call 60 (Bitrix24 docs, limits)."""
BATCH = 50
"""Calls in one batch (Bitrix24 docs, how-to-call-rest-api/batch)."""
REPEATS = 2
"""How often a call that may be repeated is repeated after no answer."""
PAUSE = 0.4
"""Seconds before it is repeated, four times as long the next time."""
BASKET = 60.0
"""Seconds; execution time is summed up and forgotten by the minute (Bitrix24 docs, limits)."""
REDIRECTS = (301, 302, 307, 308)


class Permit(Protocol):
    """One call on its way out."""

    def wait(self) -> None:
        """Wait until the call may be sent; raises Busy when that is too far away."""

    def throttled(self) -> None:
        """The portal said it is busy: step back, or raise Busy."""


class RateLimit(Protocol):
    """When requests to the portal may go out."""

    def permit(self, methods: Collection[str]) -> Permit:
        """Begin a call of these methods."""

    def note_operating(self, method: str, operating: float, reset_at: float) -> None:
        """A method has run for `operating` seconds, some of which are forgotten at `reset_at`."""

    def block_method(self, method: str, until: float) -> None:
        """A method is blocked until then (epoch seconds)."""


@dataclass(frozen=True)
class Exchange:
    """One HTTP request to a portal and what came of it; tokens are not part of it."""

    method: str
    params: Mapping[str, Any] = field(repr=False)
    status: int | None
    error: str | None
    body: Any = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class ClientContext:
    """What a client needs from the rest of the application."""

    tokens: TokenSource
    rate_limit: RateLimit
    moved: Callable[[str, OAuthToken], str]
    """Told the `Location` of a renamed portal; gives the proven new REST base or raises."""
    record: Callable[[Exchange], None]


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

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, safe: bool = False
    ) -> Any:
        """Call one method and give its result.

        `safe` says that running twice does no harm; only then is a call repeated after a lost
        answer. Raises a Bitrix24Error.
        """
        return self._body(method, dict(params or {}), safe)["result"]

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
        methods = {method for method, _ in calls.values()}
        result = self._body("batch", {"halt": 0, "cmd": commands}, safe, methods)["result"]
        if not isinstance(result, dict):
            raise AnswerLost(description="batch without a result")
        for name, spent in _map(result.get("result_time")).items():
            if name in calls:
                self._learn(calls[name][0], spent)
        done, failed = _map(result.get("result")), _map(result.get("result_error"))
        totals = _map(result.get("result_total"))
        return {name: _parse_item(name, done, failed, totals) for name in calls}

    def _body(
        self, method: str, params: dict[str, Any], safe: bool, inner: Collection[str] = ()
    ) -> dict[str, Any]:
        """The loop of one call: wait for the permit, send, and decide whether to send it again."""
        tokens, rate_limit = self._context.tokens, self._context.rate_limit
        tokens.token()  # whoever has none takes no permit
        permit = rate_limit.permit([method, *inner])
        renewed, unanswered = False, 0
        while True:
            permit.wait()
            token = tokens.token()
            try:
                body = self._send(method, params, token)
            except TokenExpired as error:
                if renewed:
                    raise AuthorizationLost(error.portal_error, error.portal_description) from None
                renewed = bool(tokens.refreshed(token))
            except OutOfTime as error:
                rate_limit.block_method(method, time.time() + (error.retry_after or 0.0))
            except Busy:
                permit.throttled()
            except Unreachable as error:
                unanswered += 1
                if error.maybe_done and not safe:
                    raise
                tired = unanswered > REPEATS or isinstance(error, BulkheadFull | PortalClosed)
                if tired or not error.retryable:
                    raise (_without_doubt(error) if error.maybe_done else error) from None
                time.sleep(self._retry_pause * 4 ** (unanswered - 1))
            else:
                self._learn(method, body.get("time"))
                return body

    def _learn(self, method: str, spent: Any) -> None:
        """Tell the rate_limit how much time a method has used; Bitrix24 may leave that out."""
        operating, reset_at = (_map(spent).get(key) for key in ("operating", "operating_reset_at"))
        if isinstance(operating, int | float) and isinstance(reset_at, int | float):
            self._context.rate_limit.note_operating(method, operating, reset_at)

    def _send(self, method: str, params: dict[str, Any], token: OAuthToken) -> dict[str, Any]:
        started = time.monotonic()
        answer: Answer | None = None
        failure: Bitrix24Error | None = None
        try:
            answer = self._post(method, params, token)
            return _parse_body(answer)
        except Bitrix24Error as error:
            failure = error
            raise
        finally:
            self._context.record(
                Exchange(
                    method=method,
                    params=params,
                    status=answer.status if answer else None,
                    error=failure.portal_error if failure else None,
                    body=answer.body if answer else None,
                    seconds=time.monotonic() - started,
                )
            )

    def _post(self, method: str, params: dict[str, Any], token: OAuthToken) -> Answer:
        def post() -> Answer:
            return self._http.post(
                self._endpoint + method, token=token.access_token, timeout=TIMEOUT, body=params
            )

        answer = post()
        if answer.status in REDIRECTS and answer.location:
            # A renamed portal; requests would turn the POST into a GET and lose the body.
            self._endpoint = self._context.moved(answer.location, token)
            answer = post()
        return answer


def _without_doubt(error: Unreachable) -> Unreachable:
    """The same silence where, whatever has become of the call, no harm can have been done."""
    return Unreachable(
        error.portal_error,
        error.portal_description,
        retryable=error.retryable,
        retry_after=error.retry_after,
    )


class Listed(list[Any]):
    """A result list that knows how many rows there are in all."""

    total: int = 0


def _parse_body(answer: Answer) -> dict[str, Any]:
    """Give the body of a success; raise what anything else stands for."""
    status, body = answer.status, answer.body
    if not isinstance(body, dict):
        raise _without_json(status)
    if "error" in body:
        raise _refusal(status, body)
    if "result" not in body:
        raise AnswerLost(description=f"HTTP {status} without a result")
    return body


def _refusal(status: int, body: dict[str, Any]) -> Bitrix24Error:
    error = error_for(body["error"], body.get("error_description"))
    if isinstance(error, OutOfTime):
        error.retry_after = _reset_after(body)
    if status >= 500 and type(error) is Refused:
        return AnswerLost(error.portal_error, error.portal_description)
    return error


def _reset_after(body: dict[str, Any]) -> float:
    """Seconds until the operating limit lets calls through again."""
    reset_at = _map(body.get("time")).get("operating_reset_at") or body.get("operating_reset_at")
    if isinstance(reset_at, int | float):
        return max(0.0, reset_at - time.time())
    return BASKET


def _without_json(status: int) -> Bitrix24Error:
    if status == 404:
        return Unreachable(description="HTTP 404", retryable=False)
    if 300 <= status < 500:
        return Unreachable(description=f"HTTP {status} without JSON")
    return AnswerLost(description=f"HTTP {status} without JSON")


def _parse_item(
    name: str, done: dict[str, Any], failed: dict[str, Any], totals: dict[str, Any]
) -> Any:
    if name in failed:
        refusal = failed[name]
        if isinstance(refusal, dict):
            return error_for(refusal.get("error", ""), refusal.get("error_description"))
        return error_for("", str(refusal))
    if name not in done:
        return Refused(description="missing in the batch's answer")
    result = done[name]
    if isinstance(result, list) and name in totals:
        listed = Listed(result)
        listed.total = int(totals[name])
        return listed
    return result


def _map(value: Any) -> dict[str, Any]:
    """PHP writes an empty map as a list."""
    return value if isinstance(value, dict) else {}
