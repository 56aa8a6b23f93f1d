"""Handing on what a pull brought, so that how far it was read never outruns what was stored."""

from collections.abc import Iterable
from itertools import islice
from queue import Queue

from brain.feed import FeedContext, Item, Unavailable
from brain.model.reason import Why

_AT_ONCE = 200  # items per offer


def hand_on(ctx: FeedContext, items: Iterable[Item]) -> None:
    """Hand on in portions and wait for all commits: a cursor must not outrun a row, and the next pull shall find it.
    Raises Unavailable when the store did not take something."""
    answers: Queue[bool] = Queue()
    source = iter(items)
    offers = 0
    while portion := list(islice(source, _AT_ONCE)):
        ctx.sink(portion, answers.put)
        offers += 1
    stored = [answers.get() for _ in range(offers)]  # every answer is waited for, also after a no
    if not all(stored):
        raise Unavailable("the store did not take the rows; they will be read again", why=Why.STORE)
