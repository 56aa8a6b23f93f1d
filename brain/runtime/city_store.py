"""The store of a city, its key and its clock, as config.yaml wants them."""

import hashlib

from brain.model.clock import Clock, ReplayClock, WallClock, utc_ms
from brain.runtime.plan import CannotStart, CityPlan
from brain.store.engine import Store, file_url, open_store
from brain.store.meta import settle_anchor
from brain.store.seal import Seal, load_or_make_key, read_key
from brain.store.write.indicators import store_indicators


def store_url(plan: CityPlan) -> str:
    return plan.settings.config.store.url or file_url(plan.folder / "city.db")


def open_city_store(plan: CityPlan) -> Store:
    """The store with the pack's indicators in it. Raises StoreError or CannotStart."""
    if not plan.settings.config.store.url:
        try:
            plan.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(
                f"the folder {plan.folder} cannot be made: {error.strerror} (see store.folder)"
            ) from error
    digest = hashlib.sha256(f"{plan.settings.config!r}{plan.city.pack!r}".encode()).hexdigest()
    store = open_store(store_url(plan), facts_digest=digest)
    values, defs = plan.city.values, plan.city.indicators
    if values:
        store.write(lambda conn: store_indicators(conn, plan.facts.tree, defs, values)).result()
    return store


def make_seal(plan: CityPlan) -> Seal:
    """Raises SealError."""
    text = plan.settings.config.keys.city_key
    return Seal(read_key(text) if text else load_or_make_key(plan.folder / "city.key"))


def known_key_id(plan: CityPlan) -> str | None:
    """Of the key there is; None where there is none yet. Raises SealError."""
    if not plan.settings.config.keys.city_key and not (plan.folder / "city.key").exists():
        return None
    return make_seal(plan).key_id


def make_clock(plan: CityPlan, store: Store, real: Clock | None = None) -> Clock:
    """City time. A replay without an anchor begins with the first start, which the store keeps: a later start, and
    every other process, goes on from there. Raises StoreError where the store keeps another replay."""
    section, real = plan.settings.config.clock, real or WallClock()
    if section.mode == "wall" or section.start is None:
        return real
    from_ms, speed = utc_ms(section.start), section.speed
    if section.anchor is not None:
        anchor_ms = utc_ms(section.anchor)
    else:
        anchor_ms = store.write(lambda conn: settle_anchor(conn, from_ms, speed, real.now_ms())).result()
    return ReplayClock(from_ms, anchor_ms, speed, real.now_ms)
