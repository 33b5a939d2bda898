"""What Bitrix24 posts, taken apart: forms that are accepted, forms that are not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bx24app.bitrix24.payloads import Event, Launch, Malformed

QUERY = {"DOMAIN": "company.bitrix24.com", "PROTOCOL": "1", "LANG": "en", "APP_SID": "a1" * 16}
FORM = {
    "AUTH_ID": "63d39f66" + "0" * 62,
    "AUTH_EXPIRES": "3600",
    "REFRESH_ID": "53526667" + "1" * 62,
    "SERVER_ENDPOINT": "https://oauth.bitrix.info/rest/",
    "APPLICATION_TOKEN": "ec1b2074a9d3f5c81b6e40d27a95cf38",
    "APPLICATION_SCOPE": "task,user_brief",
    "member_id": "a223c6b3710f85df22e9377d6c4f7553",
    "status": "F",
    "PLACEMENT": "DEFAULT",
    "PLACEMENT_OPTIONS": '{"any":"42"}',
}
EVENT = {
    "event": "ONAPPINSTALL",
    "event_handler_id": "1",
    "data[VERSION]": "1",
    "data[LANGUAGE_ID]": "en",
    "ts": "1696527000",
    "auth[access_token]": "a" * 70,
    "auth[expires_in]": "3600",
    "auth[refresh_token]": "r" * 70,
    "auth[member_id]": "a223c6b3710f85df22e9377d6c4f7553",
    "auth[application_token]": "ec1b2074a9d3f5c81b6e40d27a95cf38",
    "auth[server_endpoint]": "https://oauth.bitrix.info/rest/",
    "auth[domain]": "company.bitrix24.com",
}
DEEP = '{"a":' * 5000 + "1" + "}" * 5000


def lists(values: dict[str, str | None]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items() if value is not None}


def launch(query: dict[str, str | None] | None = None, **form: str | None) -> Launch:
    return Launch.parse(lists(QUERY | (query or {})), lists(FORM | form))


def event(changes: dict[str, str | None]) -> Event:
    return Event.parse(lists(EVENT | changes))


def test_a_launch_is_read_whole() -> None:
    found = launch()
    assert found.domain == "company.bitrix24.com"
    assert found.member_id == FORM["member_id"]
    assert (found.access_token, found.refresh_token) == (FORM["AUTH_ID"], FORM["REFRESH_ID"])
    assert (found.expires_in, found.language) == (3600, "en")
    assert found.server_endpoint == "https://oauth.bitrix.info/rest/"
    assert found.application_token == FORM["APPLICATION_TOKEN"]


@pytest.mark.parametrize("language", ["", "e n", "english_us", "ру", "en;", "12", "x" * 9000])
def test_a_language_that_is_none_is_english(language: str) -> None:
    assert launch({"LANG": language}).language == "en"


def test_an_older_portal_leaves_things_out() -> None:
    names = ("SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE", "PLACEMENT_OPTIONS")
    found = launch(**dict.fromkeys(names))
    assert (found.server_endpoint, found.application_token) == ("", "")


@pytest.mark.parametrize(
    "options", ["undefined", "[]", "", "{", "{'a': 1}", "\x00", "{}" * 9000, DEEP]
)
def test_what_nobody_reads_cannot_refuse_a_launch(options: str) -> None:
    assert launch(PLACEMENT_OPTIONS=options, PLACEMENT=options) == launch()


@pytest.mark.parametrize("seconds", ["", "soon", "-5", "1e9", "9" * 60])
def test_a_lifetime_that_says_nothing_is_an_hour(seconds: str) -> None:
    assert launch(AUTH_EXPIRES=seconds).expires_in == 3600


def test_no_token_lives_longer_than_a_day() -> None:
    assert launch(AUTH_EXPIRES="999999999").expires_in == 86_400


@pytest.mark.parametrize(
    "host",
    [
        None, "", "-a.com", "a b.com", "a.com/", "a.com?x", "a.com#x", "user@a.com", "a.com:",
        "a:b", "a.com:123456", "https://a.com", "пример.рф", "a.com\n", "a\x00.com", "a.com:٣",
        "\u212a.com", "[::1]", "a.com;frame-ancestors *", "a" * 300, "a.com,b.com", "'none'", "*",
        "*.a.com",
    ],
)  # fmt: skip
def test_a_domain_is_a_host_and_nothing_else(host: str | None) -> None:
    with pytest.raises(Malformed):
        launch({"DOMAIN": host})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("member_id", None),
        ("member_id", ""),
        ("member_id", "a" * 65),
        ("member_id", "../../etc"),
        ("member_id", "a|b"),
        ("AUTH_ID", None),
        ("AUTH_ID", ""),
        ("AUTH_ID", "a b"),
        ("AUTH_ID", "a\r\nX-Evil: 1"),
        ("AUTH_ID", "токен"),
        ("AUTH_ID", "a" * 2049),
        ("AUTH_EXPIRES", "٣"),
        ("REFRESH_ID", "a\x00"),
        ("APPLICATION_TOKEN", "a\tb"),
        ("SERVER_ENDPOINT", "oauth.bitrix.info"),
        ("SERVER_ENDPOINT", "javascript:alert(1)"),
        ("SERVER_ENDPOINT", "https://oauth.bitrix.info/ x"),
    ],
)
def test_a_damaged_launch_names_what_is_damaged(name: str, value: str | None) -> None:
    with pytest.raises(Malformed) as found:
        launch(**{name: value})
    assert found.value.facts == {"name": name}


@pytest.mark.parametrize("name", ["member_id", "AUTH_ID", "SERVER_ENDPOINT"])
def test_a_doubled_parameter_is_refused_even_if_both_say_the_same(name: str) -> None:
    doubled = lists(FORM) | {name: [FORM[name], FORM[name]]}
    with pytest.raises(Malformed) as found:
        Launch.parse(lists(QUERY), doubled)
    assert found.value.facts == {"name": name}


def test_a_form_says_nothing_about_the_query_and_the_query_nothing_about_the_form() -> None:
    both = lists(QUERY | FORM)
    with pytest.raises(Malformed, match="DOMAIN"):
        Launch.parse({}, both)
    with pytest.raises(Malformed, match="member_id"):
        Launch.parse(both, {})


def test_an_event_is_read_whole() -> None:
    found = event({"event": "onAppInstall"})
    assert (found.name, found.member_id) == ("ONAPPINSTALL", FORM["member_id"])
    assert found.application_token == EVENT["auth[application_token]"]
    assert (found.access_token, found.refresh_token) == ("a" * 70, "r" * 70)
    assert found.sent_at == datetime(2023, 10, 5, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("ts", [None, "", "now", "-1", "1e9", "9" * 11])
def test_an_event_may_not_say_when_it_was_sent(ts: str | None) -> None:
    assert event({"ts": ts}).sent_at is None


def test_an_event_may_come_without_tokens() -> None:
    names = ("access_token", "refresh_token", "expires_in", "server_endpoint")
    found = event({f"auth[{name}]": None for name in names})
    assert (found.access_token, found.refresh_token, found.expires_in) == ("", "", 3600)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event", None),
        ("event", "ON APP"),
        ("event", "a" * 65),
        ("auth[member_id]", None),
        ("auth[member_id]", "%"),
        ("auth[application_token]", "a b"),
        ("auth[access_token]", "\x01"),
    ],
)
def test_a_damaged_event_names_what_is_damaged(name: str, value: str | None) -> None:
    with pytest.raises(Malformed) as found:
        event({name: value})
    assert found.value.facts == {"name": name}


def test_data_that_nobody_reads_cannot_refuse_an_event() -> None:
    odd = ["data", "data[]", "data[a][b]", "data[[x]]", "data[a", f"data{'[a]' * 500}"]
    assert event(dict.fromkeys(odd, "\x00")) == event({})


def test_secrets_are_not_part_of_how_a_launch_or_an_event_is_written_down() -> None:
    words = repr(launch()) + repr(event({}))
    secrets = [FORM["AUTH_ID"], FORM["REFRESH_ID"], FORM["APPLICATION_TOKEN"], "a" * 70, "r" * 70]
    assert [secret for secret in secrets if secret in words] == []


VALUES = st.dictionaries(
    st.sampled_from([*QUERY, *FORM, *EVENT, "data[", "auth[]"]) | st.text(max_size=20),
    st.lists(st.text(max_size=80) | st.just(json.dumps({"a": 1})), max_size=3),
    max_size=20,
)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_anything_else_is_taken_apart_or_refused(query: dict, form: dict) -> None:
    for parse in (lambda: Launch.parse(query, form), lambda: Event.parse(form)):
        try:
            found = parse()
        except Malformed:
            continue
        assert found.member_id.isascii()
        assert found.access_token.isprintable()
