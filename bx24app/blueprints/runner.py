"""Carries queued plans out in the background, in threads of each worker process.

Plans are rows with leases: a worker takes one, gives signs of life while it works, and whatever a
killed worker has left is taken up by another one when its lease has ended.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable

from bx24app.blueprints.applying import Applier, TakenOver
from bx24app.blueprints.plan import Plan
from bx24app.blueprints.plan_store import PlanStore
from bx24app.errors import Error
from bx24app.heartbeat import Heartbeat

AT_ONCE = 8
"""Plans that one process carries out at the same time, each of another portal."""
PAUSE = 5.0
"""Seconds between two looks for work that somebody else has queued or left."""
BEAT = 8.0
"""Seconds between two signs of life; a lease lasts for several of them."""

log = logging.getLogger("bx24app.runner")


class Runner:
    """The background threads of one process; they begin with `wake`."""

    def __init__(self, store: PlanStore, applier: Applier) -> None:
        """Take plans from `store` and let `applier` carry them out."""
        self._store = store
        self._applier = applier
        self._name = ""
        self._process = 0
        self._slots = threading.Semaphore(AT_ONCE)
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._heartbeat = Heartbeat(self._beat, BEAT)
        self.look: Callable[[], None] = lambda: None
        """What else is done at each look, before plans are taken."""

    def wake(self) -> None:
        """There may be work: look now. Starts the threads of this process where there are none."""
        with self._lock:
            # Threads do not survive a fork, so each process begins anew.
            if self._process != os.getpid():
                self._process = os.getpid()
                self._name = secrets.token_hex(16)
                self._slots = threading.Semaphore(AT_ONCE)
                self._news = threading.Event()
                self._start(self._run, "runner")
        self._news.set()

    def close(self) -> None:
        """Take nothing more and wait for what is under way, as tests do at their end."""
        self._closed = True
        self._news.set()
        for thread in self._threads:
            thread.join(30)

    def _run(self) -> None:
        while not self._closed:
            self._news.clear()
            try:
                self.look()
                while not self._closed and self._take():
                    pass
            except Error as error:
                # The database is away; the next look tries again.
                log.warning("no look for work", extra={"error": error.code})
            except Exception:
                log.exception("no look for work")
            self._news.wait(PAUSE)

    def _take(self) -> bool:
        """Take one plan and start on it; False where there is none or no thread is free."""
        if not self._slots.acquire(blocking=False):
            return False
        plan = None
        try:
            plan = self._store.claim(self._name)
        finally:
            if plan is None:
                self._slots.release()
        if plan is None:
            return False
        taken = plan
        self._start(lambda: self._work(taken), f"plan-{plan.id}")
        return True

    def _work(self, plan: Plan) -> None:
        try:
            with self._heartbeat.of(str(plan.id)):
                self._applier.apply(plan, self._name)
        except TakenOver:
            log.warning("a plan was taken over", extra={"portal": plan.member_id})
        except Exception:
            # Its lease ends, and then it is taken up again.
            log.exception("a plan was left", extra={"portal": plan.member_id})
        finally:
            self._slots.release()
            self._news.set()

    def _beat(self, names: set[str]) -> None:
        self._store.prolong([int(name) for name in names], self._name)

    def _start(self, work: Callable[[], None], name: str) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        # Daemons: a worker that is told to stop does not wait; what it leaves is taken up.
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
