"""`Idempotency-Key`: a request repeated because its answer was lost gets the first answer again.

Answers to writes that were carried out are stored, and refusals that follow from the request alone.
A refusal that depends on the portal (no authorization, not paid, busy) is not: a repeated request
is tried again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Response, request

from bx24app.errors import Error
from bx24app.flows.problems import InvalidFlow
from bx24app.i18n import N_
from bx24app.idempotency import LONGEST_BODY, Begun, IdempotentRequest, StoredResponse
from bx24app.portals.access import Actor
from bx24app.web.api.auth import caller
from bx24app.web.context import container
from bx24app.web.errors import error_response, status_of
from bx24app.web.json import json_response

KEPT = ("Content-Type", "Location", "ETag")
"""Headers that belong to an answer and come again with it."""
UNKNOWN_YET = N_(
    "Whether the first of these requests was carried out is not known yet. "
    "Ask again with the same Idempotency-Key."
)

Look = Callable[[], Response | None]


Again = Callable[[int], Any]
"""Gives what an answer showed, by its `id`, as it is now."""


def once(
    actor: Actor, body: Any, action: Callable[[], Response], look: Look = lambda: None
) -> Response:
    """Carry out the present request on a portal; see `once_about`."""
    member_id = actor.portal.member_id
    return once_about(
        member_id, body, action, look, lambda number: container().flows.get(actor, number)
    )


def once_about(
    member_id: str, body: Any, action: Callable[[], Response], look: Look, again: Again
) -> Response:
    """Carry out the present request, unless its `Idempotency-Key` has been answered already.

    `member_id` is empty for a request about no portal, `body` is what was read of the request.
    `look` is asked first where an earlier attempt may have been carried out: it gives the answer if
    so, else None. `again` is asked where the first answer was too long to be stored. Raises
    KeyReused and StillRunning.
    """
    name = request.headers.get("Idempotency-Key")
    if name is None:
        return action()
    # By caller and portal, so that two programs with equal keys never meet.
    asked = IdempotentRequest(caller().id, member_id, name, _digest(body))
    found = container().stored_responses.begin(asked)
    if isinstance(found, StoredResponse):
        return _replay(found, again)
    # A slow write must not look abandoned to a request that repeats it meanwhile.
    with container().stored_responses.carrying_out(found):
        return _first(found, action, look)


def _first(begun: Begun, action: Callable[[], Response], look: Look) -> Response:
    """Carry the request out, and store the answer if a repetition has to get the same one."""
    stored = container().stored_responses
    try:
        response = (look() if begun.look else None) or action()
    except InvalidFlow as refusal:
        # Follows from the body alone, so a repetition would be refused in the same way.
        response = error_response(refusal)
    except Error as error:
        stored.release(begun, uncertain=error.maybe_done)
        # `maybe_done` speaks of this attempt; whether the earlier one succeeded is still open.
        if begun.look and status_of(error) >= 500:
            raise _still_unknown(error) from None
        raise
    except Exception:
        # A fault of ours: nobody knows how far it came.
        stored.release(begun, uncertain=True)
        raise
    answer = _to_store(response)
    if answer is None:
        # Carried out, but not stored: a repetition has to look first.
        stored.release(begun, uncertain=response.status_code < 400)
    else:
        stored.finish(begun, answer)
    return response


def _still_unknown(error: Error) -> Error:
    """The error where not this attempt, but an earlier one may have been carried out."""
    return Error(
        error.code,
        UNKNOWN_YET,
        retryable=error.retryable,
        maybe_done=True,
        retry_after=error.retry_after,
    )


def _to_store(response: Response) -> StoredResponse | None:
    """What is stored of an answer; None where it is too long and shows no flow.

    Of a long answer only the id of its flow is stored. A long refusal is found again.
    """
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    status, body = response.status_code, response.get_data(as_text=True)
    if len(body.encode()) <= LONGEST_BODY:
        return StoredResponse(status, headers, body)
    shown = response.get_json()
    if status >= 400 or not isinstance(shown, dict) or not isinstance(shown.get("id"), int):
        return None
    return StoredResponse(status, headers, None, shown["id"])


def _replay(stored: StoredResponse, again: Again) -> Response:
    """The answer again, with what it showed as it is now where it was too long to keep."""
    if stored.body is None and stored.flow_id is not None:
        # The headers, and with them the `ETag`, are those of the first answer.
        response = json_response(again(stored.flow_id), stored.status)
        response.headers.update(stored.headers)
    else:
        response = Response(stored.body, stored.status, stored.headers)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _digest(body: Any) -> str:
    """A fingerprint of the present request: method, address with query, and body."""
    # With the query, since `allowTrial` changes what a call may do. JSON objects have no order.
    whole = json.dumps([request.method, request.full_path, body], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()
