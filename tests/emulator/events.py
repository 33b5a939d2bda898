"""Events on their way to the application: what they carry and who posts them."""

import contextlib
import queue
import threading
from collections.abc import Mapping

import requests

from tests.emulator.entities import Handler, Portal
from tests.emulator.grants import Grant
from tests.emulator.php_forms import flat_pairs
from tests.emulator.state import Notice, World

# Only these bring a refresh token along.
LONG_TERM = {"ONAPPINSTALL", "ONAPPUPDATE", "ONAPPTEST"}
KNOWN = (
    "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT", "ONAPPMETHODCONFIRM",
    "ONAPPTEST", "ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE", "ONTASKCOMMENTADD",
    "ONSONETGROUPADD", "ONSONETGROUPUPDATE", "ONSONETGROUPDELETE",
)  # fmt: skip


def auth_block(world: World, portal: Portal, event: str, grant: Grant | None) -> dict[str, object]:
    """Build the `auth` part. Without a grant it carries no tokens, only what proves the sender."""
    block: dict[str, object] = {
        "domain": portal.host,
        "server_endpoint": world.server_endpoint,
        "client_endpoint": world.endpoint(portal),
        "member_id": portal.member_id,
        "application_token": portal.application_token,
    }
    if portal.installation:
        block["status"] = portal.installation.status
        block["scope"] = ",".join(portal.installation.scope)
    if grant:
        block["access_token"] = grant.access_token
        block["expires"] = int(grant.expires)
        block["expires_in"] = int(grant.expires - world.clock.now())
        block["user_id"] = grant.user_id
        if event in LONG_TERM:
            block["refresh_token"] = grant.refresh_token
    return block


def event_form(
    world: World,
    portal: Portal,
    event: str,
    data: Mapping[str, object],
    *,
    handler_id: int = 1,
    user_id: int | None = None,
) -> dict[str, str]:
    """Build the flat form of an event. `user_id` None makes the variant without tokens."""
    grant = world.install_pair(portal, user_id) if user_id is not None else None
    nested = {
        "event": event,
        "event_handler_id": handler_id,
        "data": data,
        "ts": int(world.clock.now()),
        "auth": auth_block(world, portal, event, grant),
    }
    return dict(flat_pairs(nested))


def emit(
    world: World,
    portal: Portal,
    event: str,
    data: Mapping[str, object],
    user_id: int | None = None,
    *,
    to: list[Handler] | None = None,
) -> None:
    """Put an event into the outbox, once for every handler bound to it (or those given).

    Bound handlers hear nothing until the installation is finished.
    """
    ready = portal.installation is not None and portal.installation.installed
    for handler in (portal.handlers if ready else []) if to is None else to:
        if handler.event == event:
            form = event_form(world, portal, event, data, handler_id=handler.id, user_id=user_id)
            world.outbox.append(Notice(handler.url, form))


def flush(world: World) -> None:
    """Hand everything in the outbox to the sender, in order. Never called with the lock held."""
    sender = world.sender or BACKGROUND.put
    while world.outbox:
        sender(world.outbox.popleft())


def post(notice: Notice) -> None:
    """Post one event, once: a handler that does not answer has missed it."""
    with contextlib.suppress(requests.RequestException):
        requests.post(notice.url, data=notice.form, timeout=5, allow_redirects=False)


class Background:
    """Posts events from a thread of its own, which starts with the first event."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Notice] = queue.Queue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, notice: Notice) -> None:
        """Queue an event and return at once."""
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        self._waiting.put(notice)

    def join(self) -> None:
        """Wait until everything queued so far was posted."""
        self._waiting.join()

    def _run(self) -> None:
        while True:
            post(self._waiting.get())
            self._waiting.task_done()


BACKGROUND = Background()
