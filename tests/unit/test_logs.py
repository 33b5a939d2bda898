"""The log: one JSON object a line, with nothing in it that is a secret."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from bx24app.logs import JsonLines, configure
from bx24app.masking import mask_text

TOKEN = "0f8f1f60" + "5a" * 31


def line(record: logging.LogRecord, request_id: str = "") -> dict[str, object]:
    text = JsonLines(lambda: request_id).format(record)
    assert "\n" not in text
    return json.loads(text)


def record(message: str, *args: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("bx24app.test", logging.INFO, "file.py", 1, message, args, None)
    vars(made).update(more)
    return made


def test_a_line_says_when_what_and_for_which_request() -> None:
    found = line(record("exchange", portal="a223", method="profile", status=200), "7f")
    assert str(found.pop("at")).endswith("+00:00")
    assert found == {
        "level": "INFO",
        "logger": "bx24app.test",
        "message": "exchange",
        "request": "7f",
        "portal": "a223",
        "method": "profile",
        "status": 200,
    }


def test_a_message_with_line_breaks_stays_one_line() -> None:
    found = line(record('first\nsecond "%s"', "third\r\nfourth"))
    assert found["message"] == 'first\nsecond "third\r\nfourth"'


def test_what_is_not_a_field_of_the_log_does_not_get_in() -> None:
    assert "access_token" not in line(record("x", access_token=TOKEN, body={"a": 1}))


@pytest.mark.parametrize(
    "text",
    [
        f"access_token={TOKEN}&x=1",
        f"GET /rest/profile?auth={TOKEN}",
        f"auth[access_token]={TOKEN}",
        f"auth%5Brefresh_token%5D={TOKEN}",
        f"auth[application_token] = {TOKEN}",
        f"{{'client_secret': '{TOKEN}'}}",
        f'{{"refresh_token": "{TOKEN}"}}',
        f"AUTH_ID={TOKEN}",
        f"REFRESH_ID: {TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        f"/connect/callback?code={TOKEN}&state=x",
        f"/connect/callback?state={TOKEN}",
        f"X-Session: {TOKEN}",
        f"key bx24_{TOKEN} is wrong",
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text: str) -> None:
    assert TOKEN not in mask_text(text)
    assert "***" in mask_text(text)


def test_what_is_no_secret_is_left_alone() -> None:
    text = "POST /flows/101 by user 3 of company.bitrix24.com: status 200"
    assert mask_text(text) == text


def test_a_secret_in_an_exception_is_masked() -> None:
    try:
        raise ValueError(f"access_token={TOKEN}")
    except ValueError:
        found = line(record("unforeseen", exc_info=sys.exc_info()))
    assert "ValueError" in str(found["trace"])
    assert TOKEN not in json.dumps(found)


def test_configuring_twice_writes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    configure("INFO", str)
    configure("INFO", str)
    logging.getLogger("bx24app.test").info("once")
    assert [json.loads(text)["message"] for text in stream.getvalue().splitlines()] == ["once"]
