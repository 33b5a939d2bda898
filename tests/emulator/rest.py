"""REST of a portal: from a request to an answer, with everything that may come between."""

import time
from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from tests.emulator import answers, batch
from tests.emulator.caller import Caller, recognize, require_scope
from tests.emulator.entities import Portal
from tests.emulator.faults import system_error
from tests.emulator.incoming import Asked, read
from tests.emulator.methods import find
from tests.emulator.state import Received, World
from tests.emulator.wire import AnswerLost, HtmlAnswer, Page, RestError


def serve(
    world: World, portal: Portal, request: Request, wait: Callable[[float], None]
) -> Response:
    """Answer a REST request. AnswerLost when the connection is to break."""
    if request.method == "OPTIONS":
        return answers.preflight()
    asked = read(request)
    entry = note(world, portal, request, asked)
    if request.host in portal.former_hosts:
        entry.status = 302
        return answers.moved(world.origin(portal) + request.full_path.rstrip("?"))
    started = world.clock.now()
    try:
        if request.scheme != world.scheme:
            raise system_error("INVALID_REQUEST")
        answer = answered(world, portal, asked, entry, wait)
        entry.status = 200
        clock = answers.time_block(world, portal, asked.method, started)
        return answers.success(answer, clock)
    except (RestError, HtmlAnswer) as error:
        entry.status = error.status
        entry.error = error.code if isinstance(error, RestError) else None
        return answers.failure(error)


def note(world: World, portal: Portal, request: Request, asked: Asked) -> Received:
    """Write the request into the journal."""
    entry = Received(
        world.clock.now(), "rest", request.host, request.method, request.path,
        request.query_string.decode(), asked.method, asked.params, portal.member_id,
        token_in=asked.token_in,
    )  # fmt: skip
    with world.lock:
        world.journal.append(entry)
    return entry


def answered(
    world: World, portal: Portal, asked: Asked, entry: Received, wait: Callable[[float], None]
) -> Page:
    """Do what was asked, after the limits, the planned faults and the checks of the caller."""
    with world.lock:
        if not world.limits.admits(portal.member_id, world.clock.now()):
            raise system_error("QUERY_LIMIT_EXCEEDED")
    before(world, portal, asked.method, wait)
    with world.lock:
        if asked.method.lower() != "batch":
            find(portal, asked.method)
        caller = recognize(world, portal, asked, wait)
        caller.verb, entry.user_id = entry.verb, caller.user.id
    if asked.method.lower() == "batch":
        page = replaced(caller, asked.method, Page(batch.run(caller, asked.params, perform)))
        caller.lost |= loses(caller, asked.method)
    else:
        page = perform(caller, asked.method, asked.params, entry)
    if caller.lost:
        raise AnswerLost("the answer was lost")
    return page


def before(world: World, portal: Portal, method: str, wait: Callable[[float], None]) -> None:
    """Let the planned trouble happen that comes before a call: waiting, breaking, failing."""
    with world.lock:
        delay = world.faults.take(method, portal.host, "delay")
    if delay:
        wait(delay.seconds)
    with world.lock:
        fault = world.faults.take(method, portal.host, "break", "error", "html")
    if fault and fault.kind == "break":
        raise AnswerLost("the connection broke")
    if fault:
        raise fault.exception()


def perform(
    caller: Caller, name: str, params: dict[str, object], entry: Received | None = None
) -> Page:
    """Carry out one method; inside a batch (no entry given) its faults and its entry are its own.

    RestError with what Bitrix24 answers.
    """
    if entry is None:
        before(caller.world, caller.portal, name, caller.wait)
    with caller.world.lock:
        method = find(caller.portal, name)
        entry = entry or note_inner(caller, name, params)
        entry.was_write = method.write
        require_scope(caller, method.scopes)
        watch = caller.world.limits.stopwatch(caller.portal.member_id)
        if watch.used(name, caller.now) >= watch.limit:
            raise system_error("OPERATION_TIME_LIMIT")
        began = time.perf_counter()
        try:
            result = method.run(caller, params)
        finally:
            watch.spend(name, caller.now, time.perf_counter() - began)
        caller.lost |= loses(caller, name)
    return replaced(caller, name, result if isinstance(result, Page) else Page(result))


def replaced(caller: Caller, name: str, page: Page) -> Page:
    """Give what is planned in place of the result of this call, if anything is."""
    with caller.world.lock:
        fault = caller.world.faults.take(name, caller.portal.host, "answer")
    if fault and callable(fault.result):
        return Page(fault.result(page.rows), page.total, page.next)
    return Page(fault.result) if fault else page


def loses(caller: Caller, name: str) -> bool:
    """Tell whether the answer to this call is planned to be lost."""
    with caller.world.lock:
        return caller.world.faults.take(name, caller.portal.host, "lose") is not None


def note_inner(caller: Caller, name: str, params: dict[str, object]) -> Received:
    """Write a call of a batch into the journal."""
    entry = Received(
        caller.now, "rest", caller.portal.host, "POST", f"/rest/{name}", method=name,
        params=params, member_id=caller.portal.member_id, user_id=caller.user.id, in_batch=True,
        status=200,
    )  # fmt: skip
    caller.world.journal.append(entry)
    return entry
