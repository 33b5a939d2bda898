"""JSON answers, written so that no text from a portal makes them fail."""

from __future__ import annotations

import json
from typing import Any

from flask import Response

PROBLEM = "application/problem+json"


def json_response(data: Any, status: int = 200, content_type: str = "application/json") -> Response:
    """Give `data` as it is, in its own order.

    Half of a surrogate pair, which JSON can spell but UTF-8 cannot, becomes a question mark.
    """
    # Escaped as ASCII, a lone surrogate would reach the reader and break there.
    text = json.dumps(data, ensure_ascii=False, default=str)
    return Response(text.encode("utf-8", "replace"), status, content_type=content_type)
