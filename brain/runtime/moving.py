"""What `app.py backup`, `restore` and `move` do, and what they say of it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from brain.model.clock import at_utc, wall_ms
from brain.runtime.city_store import known_key_id, store_url
from brain.runtime.lease import Lease
from brain.runtime.maintenance import nobody_else
from brain.runtime.plan import CityPlan
from brain.store.dialect import address, refuse_when_open
from brain.store.engine import PATIENCE_S, open_store
from brain.store.errors import StoreError
from brain.store.moving import verbs
from brain.store.moving.snapshot import snapshot

T = TypeVar("T")


def back_up(plan: CityPlan, to: Path) -> list[str]:
    """`to` is a folder, or a file that is not there yet. Raises StoreError."""
    made_ms, key = wall_ms(), known_key_id(plan)
    path = to / f"{plan.city.id}-{at_utc(made_ms):%Y%m%dT%H%M%SZ}.zip" if to.is_dir() else to
    took_s, manifest = _timed(lambda: verbs.back_up(store_url(plan), path, plan.city.id, made_ms))
    size = path.stat().st_size
    return [f"{path}: {_measured(manifest.rows, took_s)}, {size / 1e6:.1f} MB", *_of_key(plan, key, manifest.key_id)]


def restore(plan: CityPlan, path: Path, replace: bool) -> list[str]:
    """Raises StoreError; then the store is as it was."""
    key = known_key_id(plan)
    took_s, manifest = _timed(lambda: verbs.restore(path, store_url(plan), replace))
    made = at_utc(manifest.made_ms).isoformat(timespec="seconds")
    lines = [f"restored as of {made}: {_measured(manifest.rows, took_s)}, counts and checksums equal"]
    if manifest.city != plan.city.id:
        lines.append(f"note: it is a backup of the city {manifest.city}, the config names {plan.city.id}")
    return [*lines, *_of_key(plan, key, manifest.key_id)]


def move(plan: CityPlan, to: str, replace: bool) -> list[str]:
    """The store stays where it is, too. Raises StoreError or CannotStart; then nothing is at `to` that was not."""
    url = store_url(plan)
    if address(url) == address(to):
        raise StoreError("the store is there already: --to names the one of the config")
    key = known_key_id(plan)
    with snapshot(url, PATIENCE_S):  # nothing is made where there is nothing
        pass
    refuse_when_open(url, PATIENCE_S)
    with ExitStack() as stack:
        store = stack.enter_context(open_store(url))
        if store.dialect != "sqlite":
            stack.enter_context(nobody_else(Lease(store, lambda: None, alone=True), store))
        took_s, sums = _timed(lambda: verbs.move(url, to, replace))
    rows = sum(each.rows for each in sums.values())
    return [
        f"moved to {address(to)}: {_measured(rows, took_s)}, counts and checksums equal",
        f"now name it in {plan.settings.document.file} as store.url; what is at {address(url)} was left as it is",
        *_of_key(plan, key, ""),
    ]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.monotonic()
    done = work()
    return time.monotonic() - began, done


def _measured(rows: int, took_s: float) -> str:
    return f"{rows:,} rows in {took_s:.1f} s ({rows / max(took_s, 0.001):,.0f} rows/s)"


def _of_key(plan: CityPlan, here: str | None, sealed_with: str) -> list[str]:
    """Where the key is, which no backup holds; a note where another one is wanted."""
    place = "CITY_KEY" if plan.settings.config.keys.city_key else str(plan.folder / "city.key")
    if sealed_with and sealed_with != here:
        missing = "no key is here" if here is None else f"the key here is {here}"
        return [f"note: personal data in it is sealed with the key {sealed_with}, {missing}: bring that key to {place}"]
    if here is None:
        return []
    return [f"the key of personal data is not in it: it is in {place}; keep a copy of it elsewhere"]
