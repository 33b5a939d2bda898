"""Which addresses a portal can have, and which are the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bx24app.bitrix24.urls import endpoint_problem, origin_of, same_host

PORTALS = [
    "https://company.bitrix24.com/rest/",
    "https://b24-ab12cd.bitrix24.ru/rest/",
    "https://portal.company.example:8443/rest/",
    "https://xn--e1afmkfd.xn--p1ai/rest/",
    "https://old_box.example.org/rest/",
    "https://8.8.8.8/rest/",
]
INSIDE = [
    "https://localhost/rest/",
    "https://portal.localhost/rest/",
    "https://intranet/rest/",
    "https://127.0.0.1/rest/",
    "https://127.1/rest/",
    "https://2130706433/rest/",
    "https://0x7f.0.0.1/rest/",
    "https://0177.0.0.1/rest/",
    "https://0/rest/",
    "https://10.1.2.3/rest/",
    "https://172.16.0.1/rest/",
    "https://192.168.1.1/rest/",
    "https://100.64.0.1/rest/",
    "https://169.254.169.254/rest/",
    "https://224.0.0.1/rest/",
    "https://[::1]/rest/",
    "https://[fe80::1]/rest/",
    "https://[::ffff:127.0.0.1]/rest/",
    "https://[64:ff9b::7f00:1]/rest/",
]
NO_ADDRESS = [
    "",
    "company.bitrix24.com",
    "//company.bitrix24.com/rest/",
    "ftp://company.bitrix24.com/rest/",
    "file:///etc/hosts",
    "https://",
    "https:///rest/",
    "https://user@company.bitrix24.com/rest/",
    "https://company.bitrix24.com@attacker.example/rest/",
    "https://company.bitrix24.com\\@attacker.example/rest/",
    "https://company.bitrix24.com:port/rest/",
    "https://company.bitrix24.com:99999/rest/",
    "https://company..com/rest/",
    "https://.com/rest/",
    "https://localhost./rest/",
    "https://com pany.com/rest/",
    "https://пример.рф/rest/",
    "https://127。0。0。1/rest/",
    "https://①②⑦.0.0.1/rest/",
    "https://bitrix24.com\u0130/rest/",
    "https://[::/rest/",
    "https://[company.bitrix24.com]/rest/",
    f"https://{'a' * 64}.com/rest/",
    f"https://{'a.' * 130}com/rest/",
]


@pytest.mark.parametrize("endpoint", PORTALS)
def test_a_portal_has_a_public_name_or_address(endpoint: str) -> None:
    assert not endpoint_problem(endpoint, allow_http=False)
    assert endpoint_problem(endpoint.replace("https:", "http:"), allow_http=False)


@pytest.mark.threat("a portal whose own address leads inside (its owner chose it)")
@pytest.mark.parametrize("endpoint", INSIDE)
def test_nobody_leads_us_to_a_machine_inside(endpoint: str) -> None:
    assert endpoint_problem(endpoint, allow_http=False)


@pytest.mark.parametrize("endpoint", NO_ADDRESS)
def test_what_is_no_address_is_never_believed(endpoint: str) -> None:
    assert origin_of(endpoint) == ""
    assert endpoint_problem(endpoint, allow_http=False)
    assert endpoint_problem(endpoint, allow_http=True)


@pytest.mark.parametrize("endpoint", ["http://localhost:8900/rest/", "http://127.0.0.1:8900/"])
def test_the_emulator_is_believed_where_the_operator_says_so(endpoint: str) -> None:
    assert not endpoint_problem(endpoint, allow_http=True)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Company.Bitrix24.COM/rest/?a=b#c", "https://company.bitrix24.com"),
        ("HTTPS://company.bitrix24.com:443/rest/", "https://company.bitrix24.com"),
        ("https://company.bitrix24.com:80/", "https://company.bitrix24.com:80"),
        ("http://localhost:8900/rest/", "http://localhost:8900"),
        ("http://localhost:80", "http://localhost"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_scheme_host_and_unusual_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_either_no_address_or_gives_an_origin_that_is_its_own(a: str, b: str) -> None:
    for url in (a, f"https://{a}", f"https://{a}.{b}/", f"https://{a}@{b}", f"http://{a}:{b}/"):
        origin = origin_of(url)
        assert origin == origin_of(origin)
        assert origin.isascii()
        assert not set(origin) & set(" \t\r\n;,'\"@\\?#")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("company.bitrix24.com", "COMPANY.bitrix24.com", True),
        ("company.bitrix24.com:443", "company.bitrix24.com", True),
        ("box.example:8443", "box.example:8443", True),
        ("box.example:8443", "box.example", False),
        ("company.bitrix24.com", "company.bitrix24.com.attacker.example", False),
        ("company.bitrix24.com", "company-bitrix24.com", False),
        ("", "", False),
        (":443", "", False),
    ],
)
def test_hosts_are_the_same_whatever_their_case_and_usual_port(
    one: str, other: str, same: bool
) -> None:
    assert same_host(one, other) is same
