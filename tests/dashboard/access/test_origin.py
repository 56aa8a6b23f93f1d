"""Names of the machine, and which pages are ours."""

import pytest

from dashboard.access.origin import Origins, host_name, is_loopback, may_bind
from dashboard.web.shell import AccessSettings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert may_bind(host, 0)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "city.example", "127.0.0.1.example", "", "localhost.example"]
)
def test_not_this_machine(host: str) -> None:
    assert not is_loopback(host)
    assert not may_bind(host, 0)
    assert may_bind(host, 1)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("city.example", "city.example"),
        ("City.Example:8050", "city.example"),
        ("[::1]:8050", "::1"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("", ""),
        ("[", ""),
        (":80", ""),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("origin", "same"),
    [
        ("http://city.example", True),
        ("https://city.example", True),
        ("http://CITY.example", True),
        ("http://city.example:80", False),
        ("http://other.example", False),
        ("http://city.example.other", False),
        ("ftp://city.example", False),
        ("null", False),
        ("", False),
        (None, False),
        ("http://[", False),
    ],
)
def test_pages_of_ours(origin: str | None, same: bool) -> None:
    assert Origins(AccessSettings()).same(origin, "city.example") is same


def test_bound_beyond_the_machine_any_name_will_do_unless_some_are_named() -> None:
    open_to_all = Origins(AccessSettings(host="0.0.0.0"))
    assert open_to_all.knows_host("whatever.example")
    assert not open_to_all.knows_host("")
    named = Origins(AccessSettings(host="0.0.0.0", origins=("https://city.example:8443",)))
    assert named.knows_host("city.example")
    assert named.knows_host("127.0.0.1:8050")
    assert not named.knows_host("whatever.example")
