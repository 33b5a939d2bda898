"""Parses what a portal answers: each kind of value is converted to its type here, once.

Bitrix24 is PHP: an empty map comes as a list and a list with gaps as a map, numbers come as text,
switches as "Y" or "1". A value of any other shape is an UnreadableAnswer: a read has failed then,
and a write with such an answer may have been carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bx24app.bitrix24.errors import (
    AnswerLost,
    Bitrix24Error,
    OutOfTime,
    Refused,
    Unreachable,
    UnreadableAnswer,
    error_for,
)
from bx24app.bitrix24.http import Answer
from bx24app.bitrix24.operating_time import seconds_to_reset

LARGEST_INTEGER = 2**63 - 1
"""What Bitrix24 keeps its numbers in."""
TRUE, FALSE = (1, "1", "Y", "y", "true"), (0, "0", "N", "n", "false", "")
"""How portals write switches besides true and false."""


class Rows(list[dict[str, Any]]):
    """The objects of a list, and what else is known of it."""

    unreadable: int = 0
    """How many entries of the list were no objects, or are damaged in what they are found by."""
    total: int = 0
    """How many there are in all, as the portal says: a hint, see Directory."""
    more: bool = False
    """Whether the list is known to go on beyond these, see `paging`."""

    def like(self, rows: Iterable[dict[str, Any]]) -> Rows:
        """Other rows, of which the same is known."""
        found = Rows(rows)
        found.unreadable, found.total, found.more = self.unreadable, self.total, self.more
        return found


def parse_body(answer: Answer) -> dict[str, Any]:
    """Give the body of a success; raise the Bitrix24Error that anything else stands for."""
    status, body = answer.status, answer.body
    # A page of HTML: from a proxy, a web server, or PHP after a fatal error.
    if not isinstance(body, dict):
        raise _without_json(status)
    # The key decides, not its value or the status: codes may be 0 or "", and some come with 200.
    if "error" in body:
        raise _refusal(status, body)
    if "result" not in body:
        raise AnswerLost(description=f"HTTP {status} without a result")
    return body


def parse_batch_item(name: str, result: Mapping[str, Any], *, safe: bool) -> Any | Bitrix24Error:
    """What became of one command of a batch: its result, or the error that stands for it.

    A command that is not in the answer at all may have been carried out, unless it is `safe`.
    """
    failed, done = parse_map(result.get("result_error")), parse_map(result.get("result"))
    if name in failed and _is_refusal(failed[name]):
        return _refusal_in_batch(name, failed[name], result)
    # In neither map, or in both: the portal contradicts itself, so nothing is known of the command.
    if name not in done or name in failed:
        kind = Unreachable if safe else AnswerLost
        return kind(description="missing in the batch's answer")
    return with_total(done[name], parse_map(result.get("result_total")).get(name))


def with_total(value: Any, total: Any) -> Any:
    """A list together with the total that the portal names beside it; anything else as it is."""
    if not isinstance(value, list | dict) or total is None:
        return value
    try:
        rows = parse_rows(value)
        rows.total = parse_integer(total)
    except UnreadableAnswer:
        # The total is only a hint, so the result is good without it.
        return value
    return rows


def parse_rows(value: Any) -> Rows:
    """The objects of a list; a map whose keys are numbers is a list too.

    Raises UnreadableAnswer for everything else: no list is not the same as an empty one.
    """
    if isinstance(value, Rows):
        return value
    # PHP's json_encode writes an array with gaps in its keys as an object.
    if isinstance(value, dict) and value and all(str(key).isdecimal() for key in value):
        value = list(value.values())
    if not isinstance(value, list):
        raise UnreadableAnswer(description="no list")
    rows = Rows(row for row in value if isinstance(row, dict))
    rows.unreadable = len(value) - len(rows)
    return rows


def parse_object(value: Any) -> dict[str, Any]:
    """An object that is not empty; raises UnreadableAnswer."""
    if not isinstance(value, dict) or not value:
        raise UnreadableAnswer(description="no object")
    return value


def parse_integer(value: Any) -> int:
    """A whole number, also one that is written as text; raises UnreadableAnswer."""
    # What nearly every field of five hundred flows is, first.
    if type(value) is int and abs(value) <= LARGEST_INTEGER:
        return value
    # isdecimal() alone would also take the digits of other scripts.
    if isinstance(value, str) and value.strip().removeprefix("-").isascii():
        text = value.strip()
        # The length is bounded first: int() is slow for long texts and refuses the longest.
        if text.removeprefix("-").isdecimal() and len(text) < 20:
            value = int(text)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # A bool is an int to Python, but `true` is no number.
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_INTEGER:
        raise UnreadableAnswer(description="no whole number")
    return value


def parse_id(value: Any) -> int:
    """The number of something that exists: a whole one above 0; raises UnreadableAnswer."""
    number = parse_integer(value)
    if number <= 0:
        raise UnreadableAnswer(description="no number of anything")
    return number


def parse_switch(value: Any) -> bool:
    """Whether something is on; raises UnreadableAnswer for what says neither yes nor no."""
    if isinstance(value, bool):
        return value
    # Not for floats, lists and maps: 1.0 would equal 1.
    if isinstance(value, int | str) and value in TRUE:
        return True
    if isinstance(value, int | str) and value in FALSE:
        return False
    raise UnreadableAnswer(description="neither on nor off")


def parse_text(value: Any) -> str:
    """A text; null is the empty one and a number is its digits. Raises UnreadableAnswer."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnreadableAnswer(description="no text")
    return str(value)


def parse_pairs(value: Any) -> list[list[str]]:
    """A list of `[type, id]` pairs; null is the empty one. Raises UnreadableAnswer.

    Not one pair may be lost here: a flow is written whole, so whoever is missing in what was read
    would be removed by the next change.
    """
    if isinstance(value, dict) and all(str(key).isdecimal() for key in value):
        value = list(value.values())
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableAnswer(description="no list of pairs")
    return [_pair(item) for item in value]


def parse_map(value: Any) -> dict[str, Any]:
    """A map; PHP writes an empty one as a list, and nothing else is one."""
    return value if isinstance(value, dict) else {}


def text_or(value: Any, otherwise: str = "") -> str:
    """A text that is only shown: what is none is replaced."""
    try:
        return parse_text(value)
    except UnreadableAnswer:
        return otherwise


def _pair(item: Any) -> list[str]:
    # The same oddity of PHP inside a pair.
    if isinstance(item, dict) and set(item) == {"0", "1"}:
        item = [item["0"], item["1"]]
    if not isinstance(item, list) or len(item) != 2:
        raise UnreadableAnswer(description="no pair")
    pair = [parse_text(part) for part in item]
    if not all(pair):
        raise UnreadableAnswer(description="half a pair")
    return pair


def _is_refusal(value: Any) -> bool:
    # In a batch, a refusal may also be the bare text without a code.
    return (isinstance(value, dict) and "error" in value) or (
        isinstance(value, str) and value != ""
    )


def _is_code(error: Any) -> bool:
    """Whether an `error` can be one: a code (also 0 or empty), or the object of REST 3."""
    if isinstance(error, dict):
        return "code" in error
    return isinstance(error, str | int) and not isinstance(error, bool)


def _refusal(status: int, body: dict[str, Any]) -> Bitrix24Error:
    if not _is_code(body["error"]):
        return AnswerLost(description=f"HTTP {status} with an unreadable error")
    error = error_for(body["error"], body.get("error_description"))
    if isinstance(error, OutOfTime):
        # The moments stand in `time`, or at the top level of the refusal itself.
        error.retry_after = seconds_to_reset(body.get("time") or body)
    # An unknown code with 5xx may come from a crash half-way through, after the change.
    if status >= 500 and type(error) is Refused:
        return AnswerLost(error.portal_error, error.portal_description)
    return error


def _refusal_in_batch(name: str, refusal: Any, result: Mapping[str, Any]) -> Bitrix24Error:
    if isinstance(refusal, str):
        return error_for("", refusal)
    if not _is_code(refusal["error"]):
        return AnswerLost(description="unreadable error in the batch's answer")
    error = error_for(refusal["error"], refusal.get("error_description"))
    if isinstance(error, OutOfTime):
        spent = parse_map(result.get("result_time")).get(name) or refusal.get("time") or refusal
        error.retry_after = seconds_to_reset(spent)
    return error


def _without_json(status: int) -> Bitrix24Error:
    # There is no REST at this address, and asking again would not help.
    if status == 404:
        return Unreachable(description="HTTP 404", retryable=False)
    # A server in front of the portal answered: PHP has not seen the call.
    if 300 <= status < 500:
        return Unreachable(description=f"HTTP {status} without JSON")
    return AnswerLost(description=f"HTTP {status} without JSON")
