"""Behind a real nginx with TLS, set up as docs/nginx.conf offers: all is as without it."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from bx24app.api_keys import ApiKeys
from bx24app.store.database import Database
from tests.emulator.events import event_form
from tests.emulator.launch import launch_form
from tests.support.databases import Sqlite
from tests.support.proxy import Proxied, proxied, serve_command
from tests.support.samples import numbered
from tests.support.service import ROOT

pytestmark = pytest.mark.slow
KILOBYTE = 1024
SECRET = "0f8f1f60" + "5a" * 31


@pytest.fixture(scope="module")
def urls(sqlite: Sqlite) -> str:
    """The database of this module."""
    return sqlite.migrated()


@pytest.fixture(scope="module")
def place(urls: str) -> Iterator[Proxied]:
    """The application behind its proxy, installed on portal A."""
    with proxied(urls) as place:
        place.control.install()
        answer = framed(place, "/install")
        assert answer.status_code == 200
        place.control.finish()
        yield place


def framed(place: Proxied, path: str) -> requests.Response:
    """Somebody opens the application in the portal's frame."""
    query, form = launch_form(place.world, place.control.portal(), 1)
    return place.send("POST", path, params=query, data=form)


def test_a_person_opens_it_and_goes_on_with_the_session(place: Proxied) -> None:
    page = framed(place, "/")
    assert page.status_code == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors http://localhost:" in page.headers["Content-Security-Policy"]
    session = re.search(r'<meta name="session" content="([^"]*)"', page.text)
    assert session
    script = re.search(r'src="(/static/[^"]+/app.js)"', page.text)
    assert script
    fetched = place.send("GET", script[1], headers={"Accept-Encoding": "gzip"})
    assert (fetched.status_code, fetched.headers["Content-Encoding"]) == (200, "gzip")
    flows = place.send("GET", "/flows", headers={"X-Session": session[1]})
    assert flows.status_code == 200
    assert "Content-Encoding" not in flows.headers


def test_events_and_the_cabinets_check_arrive(place: Proxied) -> None:
    form = event_form(place.world, place.control.portal(), "ONAPPUPDATE", {"VERSION": 2})
    assert place.send("POST", "/events", data=form).status_code == 200
    assert place.send("POST", "/events", data={"event": "ONAPPUPDATE"}).status_code in (400, 403)
    for path in ("/", "/install"):
        assert place.send("HEAD", path).status_code == 200


def test_http_leads_to_https(place: Proxied) -> None:
    answer = requests.get(
        f"http://127.0.0.1:{place.plain_port}/help?lang=ru", timeout=10, allow_redirects=False
    )
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"{place.world.app_url}/help?lang=ru",
    )


@pytest.mark.parametrize("path", ["/", "/install", "/events"])
def test_what_bitrix24_calls_takes_64_kilobytes(place: Proxied, path: str) -> None:
    too_large = place.send("POST", path, data="a" * (64 * KILOBYTE + 1))
    assert too_large.status_code == 413
    for _ in range(20):  # whoever answers without reading may break the connection
        largest = place.send("POST", path, data="a" * (64 * KILOBYTE))
        assert largest.status_code in (400, 403)


def test_a_program_reads_in_its_own_form_that_it_sent_too_much(place: Proxied) -> None:
    for _ in range(10):
        answer = place.send(
            "POST", "/api/v1/portals/x/flows", data=b"a" * (1024 * KILOBYTE + 1),
            headers={"Authorization": "Bearer bx24_x", "Content-Type": "application/json"},
        )  # fmt: skip
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/x/../metrics", "/metrics?a=b"]
)
def test_numbers_stay_inside(place: Proxied, path: str) -> None:
    answer = place.send("GET", path)
    assert answer.status_code in (403, 404)
    assert "bx24app_" not in answer.text
    assert "bx24app_portals" in requests.get(f"{place.direct}/metrics", timeout=10).text


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /events HTTP/1.1\r\nHost: localhost\r\n",
        b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nevent=",
    ],
    ids=["headers", "body"],
)
def test_who_is_slow_is_cut_off_and_holds_up_nobody(place: Proxied, beginning: bytes) -> None:
    context = ssl.create_default_context(cafile=str(place.folder / "authority.pem"))
    slow = []
    for _ in range(150):  # more than there are threads
        plain = socket.create_connection(("127.0.0.1", place.port), 30)
        slow.append(context.wrap_socket(plain, server_hostname="localhost"))
        slow[-1].sendall(beginning)
    began = time.monotonic()
    assert place.send("GET", "/healthz").status_code == 200
    assert time.monotonic() - began < 2
    for connection in slow:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            assert b" 200 " not in connection.recv(4096)
        connection.close()
    assert time.monotonic() - began < 15


def test_patience_grows_from_the_page_to_the_proxy(place: Proxied) -> None:
    page = framed(place, "/").text
    own = re.search(r'"timeout":(\d+)', page)
    configuration = (ROOT / "docs/nginx.conf").read_text(encoding="utf-8")
    waits = [int(found) for found in re.findall(r"proxy_read_timeout (\d+)s", configuration)]
    assert own
    assert int(own[1]) / 1000 < waits[0] == 60
    assert waits[1] > 90, "what a program may wait for a portal"
    grace = serve_command(1)
    assert int(grace[grace.index("--graceful-timeout") + 1]) > 90


def test_no_log_tells_a_secret(place: Proxied) -> None:
    for path in (f"/connect/callback?code={SECRET}&state=x", f"/flows/{SECRET}", f"/{SECRET}?a"):
        place.send("GET", path)
    for log in ("app.log", "bx24app.log", "bx24app-error.log"):
        if log != "bx24app.log":  # a proxy cannot know what is a secret in a path
            assert SECRET not in place.log(log)
        assert "code=" not in place.log(log)


def test_what_is_under_way_at_the_end_is_finished(urls: str, sqlite: Sqlite) -> None:
    url = sqlite.migrated()
    with proxied(url) as place:
        place.control.install()
        assert framed(place, "/install").status_code == 200
        place.control.finish()
        database = Database(url)
        portal = place.control.portal()
        key = ApiKeys(database).create(portal.member_id, "test")
        database.close()
        place.control.delay("batch", 4)
        path = f"/api/v1/portals/{portal.member_id}/flows"
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(
                place.send, "POST", path, json=numbered(1),
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip
            time.sleep(1.5)
            place.process.send_signal(signal.SIGTERM)
            assert call.result().status_code == 201
        assert place.process.wait(20) == 0
