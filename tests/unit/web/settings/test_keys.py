"""Settings → API keys over HTTP: who may see them, and what making and revoking them does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.endpoint_harness import words_of
from tests.support.samples import LEAST
from tests.support.visitor import Visitor

PAGE = "/settings/keys"
NEW = {"label": "Billing", "access": "write", "expires": "never"}


@pytest.fixture
def alice(installed_app: AppHarness) -> Visitor:
    """The administrator of portal A."""
    return Visitor(installed_app, installed_app.a)


def secret(text: str) -> str:
    """The key that a page shows."""
    (found,) = re.findall(r"<code[^>]*>(bx24_[\w-]+)</code>", text)
    return found


def make(visitor: Visitor, **changes: str) -> Any:
    """Send the form for a new key."""
    return visitor.send(PAGE, NEW | changes)


def test_a_key_is_shown_once_and_works(alice: Visitor, installed_app: AppHarness) -> None:
    made = make(alice)

    key = secret(made.text)
    assert made.status_code == 200
    assert key not in alice.get(PAGE)
    api = Api(installed_app.app.test_client(), key, installed_app.a)
    assert api.get(101).status_code == 200
    assert api.post(LEAST).status_code == 201
    assert api.call("GET", f"/api/v1/portals/{installed_app.b.member_id}").status_code == 404


def test_a_read_only_key_for_a_time(alice: Visitor, installed_app: AppHarness) -> None:
    key = secret(make(alice, access="read", expires="30").text)

    api = Api(installed_app.app.test_client(), key, installed_app.a)
    (kept,) = installed_app.container.api_keys.all()
    assert kept.read_only
    assert kept.expires_at is not None
    assert (kept.expires_at - kept.created_at).days in (29, 30)
    assert api.get(101).status_code == 200
    assert api.post(LEAST).status_code == 403


@pytest.mark.parametrize(
    "changes",
    [{"label": " "}, {"label": "x" * 201}, {"access": "all"}, {"access": ""}, {"expires": "1000"}],
)
def test_a_bad_form_makes_no_key(
    changes: dict[str, str], alice: Visitor, installed_app: AppHarness
) -> None:
    answer = make(alice, **changes)

    assert answer.status_code == 422
    assert 'id="problem"' in answer.text
    assert installed_app.container.api_keys.all() == []


def test_what_a_label_says_is_text(alice: Visitor) -> None:
    assert "<b>x" not in make(alice, label="<b>x</b>").text
    assert "&lt;b&gt;x" in alice.get(PAGE)


def test_a_key_is_revoked_after_a_question(alice: Visitor, installed_app: AppHarness) -> None:
    key = secret(make(alice).text)
    (kept,) = installed_app.container.api_keys.all()

    asked = alice.get(f"{PAGE}/{kept.id}/revoke")
    assert "Revoke the key “Billing”?" in asked
    assert installed_app.container.api_keys.check(key) is not None
    answer = alice.send(f"{PAGE}/{kept.id}/revoke", {})

    assert installed_app.container.api_keys.check(key) is None
    assert f'id="key-{kept.id}"' not in answer.text


def test_keys_of_others_are_neither_shown_nor_revoked(
    alice: Visitor, installed_app: AppHarness
) -> None:
    keys = installed_app.container.api_keys
    other = keys.create(installed_app.b.member_id, "of the other portal")
    operator = keys.create(None, "of the operator")

    assert "of the other portal" not in alice.get(PAGE)
    assert "of the operator" not in alice.get(PAGE)
    for key in keys.all():
        assert alice.send(f"{PAGE}/{key.id}/revoke", {}).status_code == 404
    assert keys.check(other) is not None
    assert keys.check(operator) is not None


@pytest.mark.parametrize("user_id", [2, 6])
def test_the_page_is_for_administrators_only(user_id: int, installed_app: AppHarness) -> None:
    somebody = Visitor(installed_app, installed_app.a, user_id)

    for answer in (
        somebody.browser.get(PAGE, headers=somebody.headers),
        make(somebody),
        somebody.send(f"{PAGE}/1/revoke", {}),
        somebody.browser.get(f"{PAGE}/1/revoke", headers=somebody.headers),
    ):
        assert answer.status_code == 403
    assert installed_app.container.api_keys.all() == []
    assert PAGE not in somebody.get("/flows")


def test_an_administrator_who_is_none_any_more_is_refused(
    alice: Visitor, installed_app: AppHarness
) -> None:
    assert PAGE in alice.get("/flows")
    installed_app.a.users[1].admin = False

    assert alice.browser.get(PAGE, headers=alice.headers).status_code == 403
    assert make(alice).status_code == 403


def test_without_a_session_there_is_no_page(installed_app: AppHarness) -> None:
    assert installed_app.browser.get(PAGE).status_code == 401


def test_the_words_are_those_of_the_contract(installed_app: AppHarness) -> None:
    english = words_of(Visitor(installed_app, installed_app.a).send(PAGE, NEW))
    russian = words_of(Visitor(installed_app, installed_app.b).send(PAGE, NEW))

    for word in ("API keys", "Label", "Read and write", "Read-only", "Expires", "Create key"):
        assert word in english
    assert all(word in english for word in ("Copy", "Last used", "Revoke"))
    for word in ("Ключи API", "Название", "Чтение и запись", "Только чтение", "Действует до"):
        assert word in russian
    assert all(word in russian for word in ("Создать ключ", "Копировать", "Отозвать"))
