"""Panel bytes, built and compressed once per version however many viewers ask, and kept within a bound."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from dataclasses import dataclass

import brotli

_PACK_FROM_BYTES = 512
_QUALITY = 5  # of 11: within a few per cent of the best, at a fraction of its time


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gave. `until_ms`: city time after which it is wrong although nothing changed (None: never);
    `settled` False: it shows some trouble of its sources, and must be made again when they change;
    `sound` False: made without its data, to be tried again soon and never kept."""

    body: bytes
    until_ms: int | None = None
    settled: bool = True
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """`version` is what the body is at least as new as, `sources` the version of the state of all sources."""

    version: Hashable
    sources: Hashable
    built: Built
    packed: bytes | None

    def serves(self, version: Hashable, sources: Hashable, now_ms: int) -> bool:
        """Whether it is still what would be built now."""
        built = self.built
        in_time = built.until_ms is None or now_ms <= built.until_ms
        return self.version == version and in_time and (built.settled or self.sources == sources)


class KeptBytes:
    """One body per subject: the newest. Used on one event loop; builds run on `executor`."""

    def __init__(self, executor: Executor, limit_bytes: int) -> None:
        self._executor = executor
        self._limit = limit_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._building: dict[Hashable, asyncio.Task[Kept]] = {}

    @property
    def size_bytes(self) -> int:
        return self._bytes

    def last(self, subject: Hashable) -> Kept | None:
        """What is kept of a subject, whatever its version."""
        return self._kept.get(subject)

    async def get(
        self, subject: Hashable, version: Hashable, now_ms: int, build: Callable[[], Built], sources: Hashable = None
    ) -> Kept:
        """The body of this version, kept or built now. Those who ask for the same at the same time share one build,
        which goes on when they leave. Raises what `build` raises."""
        kept = self._kept.get(subject)
        if kept is not None and kept.serves(version, sources, now_ms):
            self._kept.move_to_end(subject)
            return kept
        flight = (subject, version, sources)
        task = self._building.get(flight)
        if task is None:
            task = asyncio.create_task(self._build(subject, version, sources, build))
            self._building[flight] = task
            task.add_done_callback(lambda done: self._landed(flight, done))
        return await asyncio.shield(task)

    async def _build(self, subject: Hashable, version: Hashable, sources: Hashable, build: Callable[[], Built]) -> Kept:
        loop = asyncio.get_running_loop()
        built, packed = await loop.run_in_executor(self._executor, _build_and_pack, build)
        kept = Kept(version, sources, built, packed)
        if built.sound:
            self._keep(subject, kept)
        return kept

    def _landed(self, flight: Hashable, task: "asyncio.Task[Kept]") -> None:
        self._building.pop(flight, None)
        if not task.cancelled():
            task.exception()  # those who waited have raised it; nobody waiting is no fault

    def _keep(self, subject: Hashable, kept: Kept) -> None:
        before = self._kept.pop(subject, None)
        self._bytes += _size(kept) - (_size(before) if before else 0)
        self._kept[subject] = kept
        while self._bytes > self._limit and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)


def _size(kept: Kept) -> int:
    return len(kept.built.body) + len(kept.packed or b"")


def _build_and_pack(build: Callable[[], Built]) -> tuple[Built, bytes | None]:
    built = build()
    return built, pack(built.body) if len(built.body) >= _PACK_FROM_BYTES else None


def pack(body: bytes) -> bytes:
    """Brotli, at a quality fit for building while somebody waits."""
    return bytes(brotli.compress(body, quality=_QUALITY))
