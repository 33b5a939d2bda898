"""`make run`: an emulated Bitrix24 and the application in front of it, until Ctrl-C."""

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.emulator.more_portals import furnish_with
from tests.emulator.page import create_page
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

ROOT = Path(__file__).resolve().parents[2]
INSTANCE = ROOT / "instance"
PATIENCE = 60  # seconds that the application may take to start

GUIDE = """
The application and an emulated Bitrix24 are running; Ctrl-C stops both.

  1. Open        {portal}/
                 You are Alice Carter, an administrator of the portal.
  2. Press       Install; the application opens by itself. Later: {title} in the left menu.
  3. Press       New flow

  In Russian:    {russian}/
  A third one:   {third}/
                 Install on all three to roll flows out to them: docs/flows-as-code.md
  The API, once the application is installed:

  curl -H 'Authorization: Bearer {key}' {app}/api/v1/portals/{member_id}/flows

  Its pages:     {app}/api/v1/docs
  The log:       {log}
"""


class CannotRun(Exception):
    """Something is missing or in the way; the message says in one line what to do."""


def main() -> int:
    """Run until Ctrl-C, SIGTERM or SIGHUP; 0 when stopped, 1 when it could not run."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    # A proxy of this machine has nothing to do with conversations on it.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    try:
        run(port("PORT", 8000), port("EMULATOR_PORT", 8900))
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except CannotRun as error:
        print(error, file=sys.stderr)
    return 1


def port(name: str, default: int) -> int:
    """A port from the environment; raises CannotRun when it is none."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65533:
        raise CannotRun(f"{name} must be the number of a port, not {text!r}.")
    return int(text)


def run(app_port: int, first: int) -> None:
    """Start everything, say where to click, and stay until the application ends."""
    ports = (first, first + 1, first + 2, first + 3)
    check_ports({app_port: "PORT"} | dict.fromkeys(ports, "EMULATOR_PORT"), len(ports) + 1)
    world = World.default(
        app_url=f"http://127.0.0.1:{app_port}",
        portal_hosts=(f"localhost:{ports[0]}", f"localhost:{ports[2]}"),
        auth_host=f"localhost:{ports[1]}",
        furnish=furnish_with(f"localhost:{ports[3]}"),
    )
    log, database = INSTANCE / f"run-{app_port}.log", INSTANCE / f"run-{app_port}.sqlite3"
    settings = environment(world, database)
    print("Starting ...", flush=True)
    fresh_database(settings, database)
    emulator = create_emulator(world, create_page(world))
    with serve(world, emulator, ports), application(app_port, settings, log) as process:
        key = operator_key(settings)
        wait_until_ready(world.app_url, process, log)
        print(guide(world, key, log), flush=True)
        process.wait()
        raise CannotRun(f"The application ended by itself.\n{last_words(log)}")


def check_ports(ports: dict[int, str], wanted: int) -> None:
    """Raise CannotRun for a port that is taken, naming the setting that moves it."""
    if len(ports) < wanted:
        raise CannotRun("PORT lies within the four ports of EMULATOR_PORT; move one of them.")
    for number, setting in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                raise CannotRun(
                    f"Port {number} is taken; choose another one: make run {setting}=..."
                ) from None


def environment(world: World, database: Path) -> dict[str, str]:
    """The application's settings, with secrets that nobody will ever see again."""
    return os.environ | {
        "BX24_CLIENT_ID": world.app.client_id,
        "BX24_CLIENT_SECRET": world.app.client_secret,
        "BX24_PUBLIC_URL": world.app_url,
        "BX24_AUTH_SERVERS": world.auth_origin,
        "BX24_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "BX24_ALLOW_HTTP": "1",
        "SECRET_KEY": secrets.token_urlsafe(32),
        "DATABASE_URL": f"sqlite:///{database}",
    }  # fmt: skip


def fresh_database(settings: dict[str, str], database: Path) -> None:
    """Start from nothing: the emulated portals do not remember an installation either."""
    INSTANCE.mkdir(exist_ok=True)
    for old in INSTANCE.glob(f"{database.name}*"):
        old.unlink()
    flask(settings, "db", "upgrade")


def operator_key(settings: dict[str, str]) -> str:
    """A new API key that opens every portal."""
    return flask(settings, "api-keys", "create", "--operator", "--label", "make run").strip()


def flask(settings: dict[str, str], *command: str) -> str:
    """Run one of the application's commands and return what it printed."""
    program = [sys.executable, "-m", "flask", "--app", "app", *command]
    done = subprocess.run(
        program, cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotRun(f"`flask {' '.join(command)}` failed:\n{done.stderr.strip()}")
    return done.stdout


@contextmanager
def application(
    port: int, settings: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """The application under Gunicorn, in a session of its own so that Ctrl-C reaches us first."""
    program = [sys.executable, "-m", "gunicorn", "app:app", "--bind", f"127.0.0.1:{port}"]
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "32"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*program, *options, "--no-control-socket"],
            cwd=ROOT, env=settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: politely, and after five seconds not so politely."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    process.send_signal(signal.SIGINT)  # to Gunicorn: stop now, not after the last keep-alive
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the application answers; raise CannotRun with its last words when it does not."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            direct.open(f"{url}/readyz", timeout=5).close()
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise CannotRun(f"The application did not start.\n{last_words(log)}")


def last_words(log: Path) -> str:
    """The end of the application's log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-20:])


def guide(world: World, key: str, log: Path) -> str:
    """What to open and to press, in a few lines."""
    portal, russian, third = world.portals.values()
    return GUIDE.format(
        portal=world.origin(portal), russian=world.origin(russian), third=world.origin(third),
        title=world.app.titles["en"], app=world.app_url, member_id=portal.member_id, key=key,
        log=log.relative_to(ROOT),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
