"""POST /in/<feed>: 202 once it is committed, and never before; else what is wrong and what to do."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.feed import BadPayload, FeedError, PushSettings, Received, Refused, Rejected, Unavailable
from brain.settings.feed_entry import FeedEntry
from dashboard.access.push_key import PushKey
from dashboard.web.inbox import inbox_routes, inboxes_of
from dashboard.web.shell import Inbox, Shell
from tests.dashboard.cockpit import FEED_TOKEN, client, serve
from tests.services.waiting import wait_until

HEADERS = {"Authorization": f"Bearer {FEED_TOKEN}"}
SIGNING_KEY = "a-key-for-signatures"


def push(
    shell: Shell,
    accept: Any,
    body: bytes = b"a letter",
    key: PushKey | None = None,
    more: Mapping[str, str] | None = None,
) -> Any:
    """What a machine elsewhere is answered: no session, no origin of ours."""
    inboxes = {"letters": Inbox(accept, key or PushKey(FEED_TOKEN, body_limit_bytes=1000))}
    with client(serve(replace(shell, inboxes=inboxes)), address="10.9.9.9") as sender:
        del sender.headers["Origin"]
        return sender.post("/in/letters", content=body, headers={**HEADERS, "Cookie": "a=b", **(more or {})})


def done(received: Received | None = None) -> "Future[Received]":
    future: Future[Received] = Future()
    future.set_result(received or Received(1))
    return future


def failed(error: Exception) -> "Future[Received]":
    future: Future[Received] = Future()
    future.set_exception(error)
    return future


def raises(error: Exception) -> Callable[..., Any]:
    def accept(headers: object, body: object) -> "Future[Received]":
        raise error

    return accept


@contextmanager
def alone(accept: Any, **more: Any) -> Iterator[tuple[TestClient, FastAPI]]:
    app = FastAPI()
    app.include_router(inbox_routes({"letters": Inbox(accept, PushKey(""))}, **more))
    with TestClient(app) as sender:
        yield sender, app


def test_what_is_accepted_is_handed_on_without_secrets(shell: Shell) -> None:
    taken: list[tuple[Mapping[str, str], bytes]] = []

    def accept(headers: Mapping[str, str], body: bytes) -> "Future[Received]":
        taken.append((headers, body))
        return done()

    answer = push(shell, accept, more={"X-Kind": "mail"})
    assert (answer.status_code, answer.json()) == (202, {"stored": True, "refused": 0})
    (headers, body) = taken[0]
    assert body == b"a letter"
    assert headers["x-kind"] == "mail"
    assert not {"authorization", "cookie"} & set(headers)


@pytest.mark.parametrize(
    ("accept", "status", "error", "words"),
    [
        (lambda headers, body: failed(Unavailable("the store is away")), 503, "not_stored", "the store is away"),
        (raises(Unavailable("the queue is full")), 503, "not_stored", "the queue is full"),
        (raises(BadPayload("line 3: no number")), 422, "malformed", "line 3: no number"),
        (raises(Refused("lead it elsewhere")), 421, "not_here", "lead it elsewhere"),
        (raises(FeedError("KeyError in the feed itself")), 500, "broken_feed", "KeyError in the feed itself"),
    ],
)
def test_what_is_not_stored_says_why(accept: Any, status: int, error: str, words: str) -> None:
    with alone(accept) as (sender, _):
        answer = sender.post("/in/letters", content=b"x")
    assert (answer.status_code, answer.json()) == (status, {"error": error, "detail": words})
    assert answer.headers.get("retry-after") == ("5" if status == 503 else None)


@pytest.mark.parametrize(("taken", "status"), [(3, 202), (0, 422)])
def test_what_could_not_be_read_is_told_to_the_sender(taken: int, status: int) -> None:
    received = Received(taken, (Rejected("bad_time", "the time is no time", "events[2]", b"{}"),))
    with alone(lambda headers, body: done(received)) as (sender, _):
        answer = sender.post("/in/letters", content=b"x")
    assert answer.status_code == status
    told = answer.json()
    assert (told["stored"], told["refused"]) == (True, 1)
    assert told["why"] == [{"reason": "bad_time", "place": "events[2]", "detail": "the time is no time"}]


@pytest.mark.parametrize("signed", [True, False])
def test_a_body_that_is_not_signed_is_not_looked_at(shell: Shell, signed: bool) -> None:
    key = PushKey(FEED_TOKEN, signing_key=SIGNING_KEY)
    signature = hmac.new(SIGNING_KEY.encode(), b"a letter", hashlib.sha256).hexdigest()
    body = b"a letter" if signed else b"another letter"
    answer = push(shell, lambda headers, body: done(), body, key, {"X-Hub-Signature-256": f"sha256={signature}"})
    assert answer.status_code == (202 if signed else 401)
    assert signed or answer.json()["error"] == "wrong_signature"


def test_who_comes_too_often_is_put_off(shell: Shell) -> None:
    inboxes = {"letters": Inbox(lambda headers, body: done(), PushKey(FEED_TOKEN, per_minute=2))}
    with client(serve(replace(shell, inboxes=inboxes)), address="10.9.9.9") as sender:
        answers = [sender.post("/in/letters", content=b"x", headers=HEADERS) for _ in range(3)]
        stranger = sender.post("/in/letters", content=b"x", headers={"Authorization": "Bearer wrong"})
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["retry-after"] == "10"
    assert answers[2].json()["error"] == "too_often"
    assert stranger.status_code == 401


async def _post(app: FastAPI) -> int:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as browser:
        return (await browser.post("/in/letters", content=b"x")).status_code


def test_nothing_is_said_before_the_commit() -> None:
    waiting: Future[Received] = Future()
    handed_on = threading.Event()

    def accept(headers: object, body: object) -> "Future[Received]":
        handed_on.set()
        return waiting

    with alone(accept) as (sender, app):
        assert sender.portal is not None
        answer = sender.portal.start_task_soon(_post, app)
        assert handed_on.wait(20)
        assert not answer.done()
        waiting.set_result(Received(1))
        assert answer.result(30) == 202


def test_a_commit_that_takes_too_long_is_not_called_done() -> None:
    never: Future[Received] = Future()
    with alone(lambda headers, body: never, commit_s=0.01) as (sender, _):
        assert sender.post("/in/letters", content=b"x").status_code == 503


def test_senders_that_wait_for_room_hold_up_nobody_for_long() -> None:
    room = threading.Event()
    waiting: list[int] = []

    def accept(headers: object, body: object) -> "Future[Received]":
        waiting.append(1)
        room.wait(60)
        return done()

    with alone(accept) as (sender, app):
        assert sender.portal is not None
        answers = [sender.portal.start_task_soon(_post, app) for _ in range(2)]
        wait_until(lambda: len(waiting) == 2, "two to wait for room")
        beyond = sender.post("/in/letters", content=b"x")
        assert (beyond.status_code, beyond.headers["retry-after"]) == (503, "5")
        room.set()
        assert [answer.result(30) for answer in answers] == [202, 202]
        assert sender.post("/in/letters", content=b"x").status_code == 202


class Pushed(PushSettings):
    pass


def test_each_enabled_pushed_feed_has_an_inbox() -> None:
    stanza = {"token": "a-token-of-16-and-more", "per_minute": 7}
    entries = [
        FeedEntry("letters:one", "letters", Pushed.model_validate(stanza)),
        FeedEntry("letters:two", "letters", Pushed.model_validate(stanza | {"enabled": False})),
    ]
    (name,) = inboxes_of(entries, 99, lambda feed, headers, body: done())
    assert name == "letters:one"
    inbox = inboxes_of(entries, 99, lambda feed, headers, body: failed(Unavailable(feed)))[name]
    assert (inbox.key.token, inbox.key.per_minute, inbox.key.body_limit_bytes) == ("a-token-of-16-and-more", 7, 99)
    assert str(inbox.accept({}, b"").exception(20)) == "letters:one"


@pytest.mark.parametrize("stanza", [{}, {"token": "short"}, {"token": "${NOT}-字-filled-in-here"}])
def test_a_feed_without_a_good_token_is_no_feed(stanza: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"token"):
        Pushed.model_validate(stanza)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_an_inbox_only_takes(shell: Shell, browser: TestClient, method: str) -> None:
    assert browser.request(method, "/in/letters", headers=HEADERS).status_code in (401, 404)
