"""The wire: what a server of somebody else's may send us, and what it may not do to us."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bx24app.bitrix24 import http as module
from bx24app.bitrix24.errors import AnswerLost, Unreachable
from bx24app.bitrix24.http import HttpClient

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PATIENCE = (1.0, 0.5)
Behaviour = Callable[[socket.socket], None]


@contextmanager
def server(behave: Behaviour) -> Iterator[str]:
    """A server that reads a request and then does as it likes; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                try:
                    behave(connection)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/rest/profile"
        thread.join()


def says(*pieces: bytes) -> Behaviour:
    return lambda connection: connection.sendall(b"".join(pieces))


def drips(connection: socket.socket) -> None:
    """Never silent for long, and never done."""
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    for _ in range(60):
        connection.sendall(b" ")
        time.sleep(0.05)


def floods(connection: socket.socket) -> None:
    """As much as anybody takes."""
    connection.sendall(HEAD + b"Connection: close\r\n\r\n")
    while True:
        connection.sendall(b" " * 65536)


def ask(behave: Behaviour) -> module.Answer:
    with server(behave) as url:
        return HttpClient().post(url, token="a-token", timeout=PATIENCE)


def chunked(*chunks: bytes) -> Behaviour:
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return says(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", coded, b"0\r\n\r\n")


def test_an_answer_may_come_in_one_piece_or_in_chunks() -> None:
    whole = says(HEAD, b"Content-Length: 12\r\n\r\n", b'{"result":1}')
    assert ask(whole) == (200, "", {"result": 1}, 12)
    assert ask(chunked(b'{"res', b'ult":1}')) == (200, "", {"result": 1}, 12)


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b"", b"[" * 100_000, b'{"a":NaN'])
def test_what_is_no_json_is_no_body(body: bytes) -> None:
    answer = ask(says(HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body))
    assert answer.body is None


@pytest.mark.parametrize(
    "behave",
    [
        says(b""),
        says(b"nonsense\r\n\r\n"),
        says(HEAD, b"Content-Length: 100\r\n\r\n", b"{"),
        says(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n"),
        says(HEAD, b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n", b"nogz"),
        lambda connection: time.sleep(0.8),
    ],
)
def test_a_broken_answer_is_a_lost_one(behave: Behaviour) -> None:
    with pytest.raises(AnswerLost):
        ask(behave)


@pytest.mark.threat("a portal that answers without end, or drop by drop")
def test_an_answer_drop_by_drop_ends_with_our_patience() -> None:
    began = time.monotonic()
    with pytest.raises(AnswerLost):
        ask(drips)
    assert time.monotonic() - began < 4


@pytest.mark.threat("a portal that answers without end, or drop by drop")
def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_BYTES", 1024 * 1024)
    with pytest.raises(AnswerLost):
        ask(floods)


def test_a_server_that_is_not_there_has_done_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with pytest.raises(Unreachable) as found:
        HttpClient().post(url, token="a-token", timeout=PATIENCE)
    assert not found.value.maybe_done


def test_a_redirect_is_told_and_not_followed() -> None:
    moved = says(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    )
    assert ask(moved) == (302, "http://127.0.0.1:1/", None, 0)


def test_a_cookie_is_not_kept() -> None:
    with server(says(HEAD, b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}")) as url:
        wire = HttpClient()
        wire.post(url, token="a-token", timeout=PATIENCE)
        assert not wire._session.cookies


@pytest.mark.parametrize("behave", [drips, floods])
def test_an_answer_of_the_token_endpoint_ends_like_any_other(behave: Behaviour) -> None:
    began = time.monotonic()
    with server(behave) as url, pytest.raises(AnswerLost):
        HttpClient().oauth_session("an-app", "its-secret").refresh_token(
            url, refresh_token="a-token", timeout=PATIENCE
        )
    assert time.monotonic() - began < 4
