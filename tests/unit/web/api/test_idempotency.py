"""`Idempotency-Key` at every call that writes: carried out once, whatever happens on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from bx24app.idempotency import LONGEST_BODY
from bx24app.store.models import StoredResponseRow
from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

KEY = "call-1"
NAMED = {"Idempotency-Key": KEY}


def stored(installed_app: AppHarness) -> list[StoredResponseRow]:
    with installed_app.container.database.read() as session:
        return list(session.scalars(select(StoredResponseRow)))


def let_the_owner_die(installed_app: AppHarness) -> None:
    """What is left of a process that ended before it could store its answer."""
    with installed_app.container.database.write() as session:
        session.execute(
            update(StoredResponseRow).values(
                owner="gone", lease_until=datetime.now(UTC) - timedelta(seconds=1), status=None
            )
        )


WRITES = [
    ("POST", "", LEAST, 201),
    ("PUT", "", LEAST, 201),
    ("PATCH", "/101", {"description": "New"}, 200),
    ("DELETE", "/101", None, 204),
    ("PUT", "/101/active", {"active": False}, 200),
    ("PUT", "/101/pinned", {"pinned": True}, 200),
]


@pytest.mark.parametrize(("verb", "path", "body", "status"), WRITES)
def test_every_write_is_carried_out_once(
    verb: str, path: str, body: object, status: int, api: Api, installed_app: AppHarness
) -> None:
    first = api.call(verb, api.flows + path, json=body, headers=NAMED)
    done = len(installed_app.writes())
    again = api.call(verb, api.flows + path, json=body, headers=NAMED)

    assert (first.status_code, again.status_code) == (status, status)
    assert again.get_data() == first.get_data()
    assert again.headers.get("Idempotent-Replayed") == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert (done > 0, len(installed_app.writes())) == (True, done)


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PUT", "", LEAST),
        ("POST", "?allowTrial=true", LEAST),
        ("POST", "", LEAST | {"name": "Another"}),
        ("DELETE", "/101", None),
    ],
)
def test_the_request_is_method_address_and_body(
    verb: str, path: str, body: object, api: Api, installed_app: AppHarness
) -> None:
    assert api.post(LEAST, Idempotency_Key=KEY).status_code == 201
    done = len(installed_app.writes())

    answer = api.call(verb, api.flows + path, json=body, headers=NAMED)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert len(installed_app.writes()) == done


def test_a_lost_authorization_is_not_given_again_when_it_is_healed(
    installed_app: AppHarness,
) -> None:
    api = installed_app.program(installed_app.a)
    installed_app.control.revoke()
    first = api.post(LEAST, Idempotency_Key=KEY)
    installed_app.launch(installed_app.a)

    again = api.post(LEAST, Idempotency_Key=KEY)

    assert (first.status_code, first.json["code"]) == (409, "authorization_lost")
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("PAYMENT_REQUIRED", 402),
        ("insufficient_scope", 403),
        ("QUERY_LIMIT_EXCEEDED", 503),
        ("OVERLOAD_LIMIT", 422),
    ],
)
def test_a_passing_refusal_is_not_given_again(
    error: str, status: int, api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail("batch", error, times=20)
    first = api.post(LEAST, Idempotency_Key=KEY)
    installed_app.control.heal()

    assert first.status_code == status
    assert api.post(LEAST, Idempotency_Key=KEY).status_code == 201


def test_what_the_request_deserves_is_given_again(api: Api, installed_app: AppHarness) -> None:
    wrong = LEAST | {"name": ""}
    first = api.post(wrong, Idempotency_Key=KEY)
    again = api.post(wrong, Idempotency_Key=KEY)

    assert (first.status_code, again.status_code) == (422, 422)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")


def test_a_creation_that_may_have_happened_is_looked_for(
    api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.lose("batch", after=1)  # the first one only looks
    installed_app.control.fail("tasks.flow.Flow.list", times=50)
    first = api.post(LEAST, Idempotency_Key=KEY)
    installed_app.control.heal()

    again = api.post(LEAST, Idempotency_Key=KEY)
    third = api.post(LEAST, Idempotency_Key=KEY)

    assert (first.status_code, first.json["mayHaveHappened"]) == (502, True)
    assert (again.status_code, again.json["name"]) == (201, LEAST["name"])
    assert again.headers["Location"].endswith(f"/flows/{again.json['id']}")
    assert (third.status_code, third.json) == (201, again.json)
    assert len(installed_app.writes()) == 1


def test_a_repeat_that_cannot_look_does_not_say_that_nothing_happened(
    api: Api, installed_app: AppHarness
) -> None:
    api.post(LEAST, Idempotency_Key=KEY)
    let_the_owner_die(installed_app)
    installed_app.control.html("*", times=50)

    again = api.post(LEAST, Idempotency_Key=KEY)
    installed_app.control.heal()

    assert (again.status_code, again.json["mayHaveHappened"]) == (502, True)
    assert api.post(LEAST, Idempotency_Key=KEY).status_code == 201
    assert len(installed_app.writes()) == 1


@pytest.mark.parametrize(("verb", "path", "body", "status"), WRITES)
def test_what_a_dead_process_did_is_found(
    verb: str, path: str, body: object, status: int, api: Api, installed_app: AppHarness
) -> None:
    mark = {"If-Match": api.get(101).headers["ETag"]} if path == "/101" else {}
    first = api.call(verb, api.flows + path, json=body, headers=NAMED | mark)
    let_the_owner_die(installed_app)

    again = api.call(verb, api.flows + path, json=body, headers=NAMED | mark)

    assert first.status_code == status
    assert again.status_code == (200 if (verb, path) == ("PUT", "") else status)
    assert again.get_data() == first.get_data()


def test_a_long_answer_is_not_stored(api: Api, installed_app: AppHarness) -> None:
    long = LEAST | {"description": "x" * (LONGEST_BODY + 1)}
    first = api.post(long, Idempotency_Key=KEY)
    again = api.post(long, Idempotency_Key=KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["id"] == first.json["id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert stored(installed_app)[0].body is None
    assert len(installed_app.writes()) == 1


def test_a_heap_of_findings_is_bounded(api: Api, installed_app: AppHarness) -> None:
    junk = LEAST | {"responsibleList": [["user", "x" * 1000]] * 500}
    first = api.post(junk, Idempotency_Key=KEY)

    assert first.status_code == 422
    assert len(first.json["errors"]) == 50
    assert len(stored(installed_app)[0].body or "") <= LONGEST_BODY


def test_of_two_at_once_one_is_carried_out(stored_app: AppHarness) -> None:
    programs = [stored_app.program(stored_app.a)]
    programs.append(type(programs[0])(stored_app.app.test_client(), programs[0].key, stored_app.a))
    together = Barrier(2)

    def post(api: Api) -> int:
        together.wait()
        return api.post(LEAST, Idempotency_Key=KEY).status_code

    with ThreadPoolExecutor(2) as pool:
        codes = sorted(pool.map(post, programs))

    assert codes in ([201, 201], [201, 503])
    assert len(stored_app.writes()) == 1
