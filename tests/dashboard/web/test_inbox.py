"""POST /in/<feed>: 202 once it is committed, and never before."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.feed import BadPayload, Unavailable
from dashboard.web.inbox import inbox_routes
from dashboard.web.shell import Inbox, Shell
from tests.dashboard.cockpit import FEED_TOKEN, client, serve
from tests.services.waiting import wait_until

HEADERS = {"Authorization": f"Bearer {FEED_TOKEN}"}


def push(shell: Shell, accept: Any) -> Any:
    inboxes = {"letters": Inbox(accept, FEED_TOKEN, 1000)}
    with client(serve(replace(shell, inboxes=inboxes)), address="10.9.9.9") as sender:
        return sender.post("/in/letters", content=b"a letter", headers={**HEADERS, "Cookie": "a=b", "X-Kind": "mail"})


def done(stored: bool) -> "Future[bool]":
    future: Future[bool] = Future()
    future.set_result(stored)
    return future


def test_what_is_accepted_is_handed_on_without_secrets(shell: Shell) -> None:
    taken: list[tuple[Mapping[str, str], bytes]] = []

    def accept(headers: Mapping[str, str], body: bytes) -> "Future[bool]":
        taken.append((headers, body))
        return done(True)

    answer = push(shell, accept)
    assert (answer.status_code, answer.json()) == (202, {"stored": True})
    (headers, body) = taken[0]
    assert body == b"a letter"
    assert headers["x-kind"] == "mail"
    assert not {"authorization", "cookie"} & set(headers)


def test_what_could_not_be_stored_is_to_be_sent_again(shell: Shell) -> None:
    answer = push(shell, lambda headers, body: done(False))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_source_that_is_away_is_to_be_tried_again(shell: Shell) -> None:
    def accept(headers: object, body: object) -> "Future[bool]":
        raise Unavailable("the queue is full")

    assert push(shell, accept).status_code == 503


def test_what_cannot_be_read_is_said_to_the_sender(shell: Shell) -> None:
    def accept(headers: object, body: object) -> "Future[bool]":
        raise BadPayload("line 3: no number")

    answer = push(shell, accept)
    assert (answer.status_code, answer.json()) == (422, {"error": "malformed", "detail": "line 3: no number"})


def test_nothing_is_said_before_the_commit() -> None:
    waiting: Future[bool] = Future()
    app = FastAPI()
    app.include_router(inbox_routes({"letters": Inbox(lambda headers, body: waiting, "", 10)}))
    with TestClient(app) as sender:
        assert sender.portal is not None
        answer = sender.portal.start_task_soon(_post, app)
        wait_until(lambda: waiting.running() or not answer.done(), "the letter to be handed on")
        assert not answer.done()
        waiting.set_result(True)
        assert answer.result(30) == 202


async def _post(app: FastAPI) -> int:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://x") as browser:
        return (await browser.post("/in/letters", content=b"x")).status_code


def test_a_commit_that_takes_too_long_is_not_called_done() -> None:
    never: Future[bool] = Future()
    app = FastAPI()
    app.include_router(inbox_routes({"letters": Inbox(lambda headers, body: never, "", 10)}, commit_s=0.01))
    with TestClient(app) as sender:
        assert sender.post("/in/letters", content=b"x").status_code == 503


def test_the_token_is_not_printed() -> None:
    assert "secret" not in repr(Inbox(lambda headers, body: done(True), "secret"))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_an_inbox_only_takes(shell: Shell, browser: TestClient, method: str) -> None:
    assert browser.request(method, "/in/letters", headers=HEADERS).status_code in (401, 404)
