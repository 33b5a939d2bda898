"""Several calls in one request, with PHP's habits: all values strings, empty maps as `[]`."""

import re
from collections.abc import Callable

from tests.emulator.answers import time_block
from tests.emulator.caller import Caller
from tests.emulator.faults import system_error
from tests.emulator.php_forms import as_text, parse_query, php_array
from tests.emulator.wire import Page, RestError

MOST = 50
REFERENCE = re.compile(r"\$result((?:\[[^\]]+\])+)")
STEP = re.compile(r"\[([^\]]+)\]")

Perform = Callable[[Caller, str, dict[str, object]], Page]


def run(caller: Caller, params: dict[str, object], perform: Perform) -> dict[str, object]:
    """Carry out the calls of `cmd` in order; `halt` stops at the first error.

    Gives result, result_error, result_total, result_next and result_time, keyed like `cmd`.
    """
    parts: dict[str, dict[str, object]] = {
        name: {} for name in ("result", "result_error", "result_total", "result_next",
                              "result_time")
    }  # fmt: skip
    for number, (key, command) in enumerate(commands(params.get("cmd")).items()):
        try:
            if number >= MOST:
                raise system_error("ERROR_BATCH_LENGTH_EXCEEDED")
            one(caller, key, command, parts, perform)
        except RestError as error:
            parts["result_error"][key] = error.body()
            if as_text(params.get("halt")) not in {"", "0"}:
                break
    return {name: php_array(part) for name, part in parts.items()}


def commands(cmd: object) -> dict[str, str]:
    """Read `cmd`: a map or a list of "method?query"."""
    items = (
        cmd.items() if isinstance(cmd, dict) else enumerate(cmd if isinstance(cmd, list) else [])
    )
    return {str(key): command for key, command in items if isinstance(command, str)}


def one(
    caller: Caller,
    key: str,
    command: str,
    parts: dict[str, dict[str, object]],
    perform: Perform,
) -> None:
    """Carry out one call of the batch and file what it gave."""
    name, _, query = command.partition("?")
    if name.lower() == "batch":
        raise system_error("ERROR_BATCH_METHOD_NOT_ALLOWED")
    started = caller.now
    params = resolved(parse_query(query), parts["result"])
    page = perform(caller, name, params)
    parts["result"][key] = page.rows
    if page.total is not None:
        parts["result_total"][key] = page.total
    if page.next is not None:
        parts["result_next"][key] = page.next
    parts["result_time"][key] = time_block(caller.world, caller.portal, name, started)


def resolved(value: object, results: dict[str, object]) -> object:
    """Replace `$result[key][field]` in every text by what an earlier call gave ("" if nothing)."""
    if isinstance(value, dict):
        return {key: resolved(item, results) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, results) for item in value]
    return REFERENCE.sub(lambda found: referred(found[1], results), str(value))


def referred(path: str, results: object) -> str:
    """Follow the steps of a reference through the results so far."""
    found = results
    for step in STEP.findall(path):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return ""
    return "" if isinstance(found, dict | list) else as_text(found)
