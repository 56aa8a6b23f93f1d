"""Who may push: the token in its header, the signature of the very body, and not too often."""

import hashlib
import hmac

import pytest

from dashboard.access.push_key import PushKey, Senders

TOKEN, KEY, BODY = "a-token-of-some-length", "a-signing-key-of-some-length", b'{"event": "smoke"}'
SIGNATURE = hmac.new(KEY.encode(), BODY, hashlib.sha256).hexdigest()


def senders(now_s: float = 0.0, **more: object) -> Senders:
    return Senders({"events": PushKey(TOKEN, **more)}, lambda: now_s)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"authorization": f"Bearer {TOKEN}"}, True),
        ({"authorization": f"bearer {TOKEN[:-1]}"}, False),
        ({"authorization": "Bearer "}, False),
        ({"authorization": "Bearer 密码"}, False),
        ({"x-api-key": TOKEN}, False),
        ({}, False),
    ],
)
def test_the_token_opens(headers: dict[str, str], passes: bool) -> None:
    assert senders().has_token("events", headers) is passes


def test_another_header_may_bring_the_token() -> None:
    door = senders(token_header="X-Api-Key")
    assert door.has_token("events", {"x-api-key": TOKEN})
    assert not door.has_token("events", {"authorization": f"Bearer {TOKEN}"})


def test_a_feed_that_is_not_there_has_no_token() -> None:
    assert not senders().has_token("other", {"authorization": f"Bearer {TOKEN}"})
    assert not Senders({"open": PushKey("")}, lambda: 0.0).has_token("open", {"authorization": "Bearer "})


@pytest.mark.parametrize(
    ("given", "body", "passes"),
    [
        (SIGNATURE, BODY, True),
        (f"sha256={SIGNATURE}", BODY, True),
        (SIGNATURE.upper(), BODY, True),
        (SIGNATURE, BODY + b" ", False),
        ("", BODY, False),
        ("签名", BODY, False),
    ],
)
def test_the_signature_is_of_the_body_as_it_came(given: str, body: bytes, passes: bool) -> None:
    door = senders(signing_key=KEY, signature_header="X-Signature")
    assert door.has_signed("events", {"x-signature": given}, body) is passes


def test_without_a_key_nothing_needs_to_be_signed() -> None:
    assert senders().has_signed("events", {}, BODY)


def test_senders_may_come_so_often() -> None:
    door = senders(per_minute=3)
    assert [door.may_come("events") for _ in range(4)] == [True, True, True, False]


def test_nothing_secret_is_printed() -> None:
    assert TOKEN not in repr(PushKey(TOKEN, signing_key=KEY))
    assert KEY not in repr(PushKey(TOKEN, signing_key=KEY))
