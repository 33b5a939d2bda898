"""`Idempotency-Key`: a call repeated because its answer was lost gets the first answer again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from flask import Response, request

from bx24app.api_keys import ApiKey
from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.idempotency import IdempotentRequest, StoredResponse
from bx24app.web.context import container
from bx24app.web.errors import error_response

NAME = re.compile(r"[\x21-\x7e]{1,255}")
KEPT = ("Content-Type", "Location", "ETag")
"""Headers that belong to an answer and come again with it."""


def once(key: ApiKey, member_id: str, body: Any, deed: Callable[[], Response]) -> Response:
    """Do the deed, unless this key has asked for it before under the same `Idempotency-Key`.

    Raises OtherRequest, UnderWay, and Error `malformed` for a name that is none.
    """
    name = request.headers.get("Idempotency-Key")
    if name is None:
        return deed()
    if not NAME.fullmatch(name):
        raise Error("malformed", N_("An Idempotency-Key has 1 to 255 visible ASCII characters."))
    asked = IdempotentRequest(key.id, member_id, name, _digest(body))
    earlier = container().stored_responses.begin(asked)
    if earlier is None:
        return _first(asked, deed)
    headers = earlier.headers | {"Idempotent-Replayed": "true"}
    return Response(earlier.body, earlier.status, headers)


def _first(asked: IdempotentRequest, deed: Callable[[], Response]) -> Response:
    """Do the deed and keep its answer, refusals too; where it broke down, it may be tried again."""
    replies = container().stored_responses
    try:
        response = deed()
    except Error as error:
        response = error_response(error)
    except Exception:
        replies.drop(asked)
        raise
    if response.status_code >= 500:
        replies.drop(asked)
    else:
        kept = {name: response.headers[name] for name in KEPT if name in response.headers}
        replies.finish(
            asked, StoredResponse(response.status_code, kept, response.get_data(as_text=True))
        )
    return response


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
