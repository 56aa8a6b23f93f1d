"""Built once per version however many ask, kept within a bound."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import brotli
import pytest

from dashboard.push.kept import Built, Kept, KeptBytes


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


class Builds:
    """Builds that count themselves."""

    def __init__(self, body: bytes = b"x", **more: object) -> None:
        self.count = 0
        self.built = Built(body, **more)  # type: ignore[arg-type]

    def __call__(self) -> Built:
        self.count += 1
        return self.built


def test_one_build_per_version(executor: Executor) -> None:
    builds = Builds()

    async def run() -> None:
        kept = KeptBytes(executor, 1000)
        for version in (1, 1, 2, 2, 1):
            await kept.get("a", version, 0, builds)

    asyncio.run(run())
    assert builds.count == 3  # of a subject only the newest is kept


def test_a_hundred_who_ask_at_once_share_a_build(executor: Executor) -> None:
    begun, go_on = threading.Event(), threading.Event()
    count = []

    def slow() -> Built:
        count.append(1)
        begun.set()
        assert go_on.wait(20)
        return Built(b"once")

    async def run() -> list[Kept]:
        kept = KeptBytes(executor, 1000)
        asking = [asyncio.create_task(kept.get("a", 1, 0, slow)) for _ in range(100)]
        await asyncio.to_thread(begun.wait, 20)
        asking[0].cancel()  # one who leaves takes nobody along
        go_on.set()
        return await asyncio.gather(*asking[1:])

    answers = asyncio.run(run())
    assert len(count) == 1
    assert {answer.built.body for answer in answers} == {b"once"}


def test_what_a_build_raises_reaches_all_and_is_not_kept(executor: Executor) -> None:
    outcomes: list[Callable[[], Built]] = [lambda: (_ for _ in ()).throw(LookupError("gone")), lambda: Built(b"well")]

    async def run() -> bytes:
        kept = KeptBytes(executor, 1000)
        with pytest.raises(LookupError, match="gone"):
            await kept.get("a", 1, 0, outcomes[0])
        return (await kept.get("a", 1, 0, outcomes[1])).built.body

    assert asyncio.run(run()) == b"well"


def test_bytes_beyond_the_bound_are_dropped_the_longest_unused_first(executor: Executor) -> None:
    async def run() -> KeptBytes:
        kept = KeptBytes(executor, 300)
        for subject in ("a", "b", "c"):
            await kept.get(subject, 1, 0, Builds(bytes(100)))
        await kept.get("a", 1, 0, Builds(b"never built"))
        await kept.get("d", 1, 0, Builds(bytes(100)))
        return kept

    kept = asyncio.run(run())
    assert kept.size_bytes == 300
    assert [kept.last(subject) is not None for subject in "abcd"] == [True, False, True, True]


def test_new_versions_replace_old_ones_within_the_bound(executor: Executor) -> None:
    async def run() -> int:
        kept = KeptBytes(executor, 10_000)
        for version in range(500):
            await kept.get("a", version, 0, Builds(bytes(100)))
        return kept.size_bytes

    assert asyncio.run(run()) == 100


def test_a_body_is_built_anew_when_its_time_is_up(executor: Executor) -> None:
    builds = Builds(until_ms=1000)

    async def run() -> None:
        kept = KeptBytes(executor, 1000)
        for now_ms in (0, 1000, 1001, 1002):
            await kept.get("a", 1, now_ms, builds)

    asyncio.run(run())
    assert builds.count == 3  # and would be again each time, until the body says another time


def test_an_unsettled_body_follows_the_state_of_its_sources_and_a_settled_one_does_not(executor: Executor) -> None:
    settled, unsettled = Builds(), Builds(settled=False)

    async def run() -> None:
        kept = KeptBytes(executor, 1000)
        for sources in (1, 1, 2):
            await kept.get("a", 1, 0, settled, sources)
            await kept.get("b", 1, 0, unsettled, sources)

    asyncio.run(run())
    assert (settled.count, unsettled.count) == (1, 2)


def test_a_body_without_its_data_is_not_kept(executor: Executor) -> None:
    unsound = Builds(sound=False)

    async def run() -> None:
        kept = KeptBytes(executor, 1000)
        for _ in range(2):
            await kept.get("a", 1, 0, unsound)

    asyncio.run(run())
    assert unsound.count == 2


def test_a_body_worth_it_is_packed_once(executor: Executor) -> None:
    body = b"the same words again and again " * 100

    async def run() -> tuple[Kept, Kept]:
        kept = KeptBytes(executor, 100_000)
        return await kept.get("a", 1, 0, Builds(body)), await kept.get("b", 1, 0, Builds(b"short"))

    long, short = asyncio.run(run())
    assert long.packed is not None
    assert brotli.decompress(long.packed) == body
    assert len(long.packed) < len(body) / 5
    assert short.packed is None
