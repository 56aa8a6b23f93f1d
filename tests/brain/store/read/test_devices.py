"""Devices online, against plain Python over the same rows."""

from dataclasses import replace
from random import Random

import pytest

from brain.model.query.devices import DevicesOnline, OnlineNow
from brain.model.reading import DeviceState
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import HOUR, MINUTE, ask, device_rows, feed_row, fill, inside, latest_row, ms
from tests.small_city import CITY, small_city, small_devices

NOW = ms("2021-07-14 14:26:08")
LIMIT_MS = 180_000  # three times the devices' minute
UP = "air_pm25_ugm3"  # any metric will do: below 0.5 the device says that it does not work


def filled(store: Store, seed: int) -> dict[str, str]:
    """Devices in every state; what each is to be counted as."""
    chance = Random(seed)
    reported, states, values = {}, {}, []
    for device in small_devices():
        state = chance.choice(["online", "down", "old", "never"])
        if state != "never":
            reported[device.id] = NOW - (LIMIT_MS + chance.randrange(1, HOUR) if state == "old" else LIMIT_MS)
            values.append(latest_row(device.id, UP, reported[device.id], 0.0 if state in ("down", "old") else 0.5))
        states[device.id] = state
    resting = replace(small_devices()[0], id="resting", state=DeviceState.MAINTENANCE)
    fill(store, schema.device, device_rows([*small_devices(), resting], reported))
    fill(store, schema.latest, values)
    return states


@pytest.mark.parametrize("area_id", [CITY, "02001", "0200302"])
def test_each_device_in_service_is_counted_once(store: Store, area_id: str):
    states = filled(store, seed=7)
    fill(store, schema.feed_state, [feed_row("sensors", "readings")])
    own = [device for device in small_devices() if device.area_id in inside(small_city(), area_id)]
    for query, told in ((DevicesOnline(up_metric=UP), states), (DevicesOnline(), _without_down(states))):
        answer = ask(store, small_city(), NOW, query, area_id)
        now: OnlineNow | None = answer.value
        expected = {
            kind: {s: sum(d.kind == kind and told[d.id] == s for d in own) for s in ("online", "down", "old", "never")}
            for kind in {device.kind for device in own}
        }
        counted = (
            {k.kind: {"online": k.online, "down": k.down, "old": k.old, "never": k.never} for k in now.kinds}
            if now
            else {}
        )
        assert counted == expected
        if now:
            assert (now.online, now.total) == (sum(e["online"] for e in expected.values()), len(own))
            assert answer.provenance[0].numerator == now.online


def _without_down(states: dict[str, str]) -> dict[str, str]:
    return {device: "online" if state == "down" else state for device, state in states.items()}


def test_away_longest_comes_first_and_those_never_heard_last(store: Store):
    devices = small_devices()[:4]
    reported = {devices[0].id: NOW - HOUR, devices[1].id: NOW - 2 * HOUR, devices[2].id: NOW - MINUTE}
    fill(store, schema.device, device_rows(devices, reported))
    away = ask(store, small_city(), NOW, DevicesOnline(limit=3)).value.away
    assert [(device.device_id, device.state, device.since_ms) for device in away] == [
        (devices[1].id, "old", NOW - 2 * HOUR),
        (devices[0].id, "old", NOW - HOUR),
        (devices[3].id, "never", None),
    ]
    assert len(ask(store, small_city(), NOW, DevicesOnline(limit=1)).value.away) == 1


def test_only_the_kinds_asked_for(store: Store):
    filled(store, seed=3)
    kinds = ask(store, small_city(), NOW, DevicesOnline(kinds=("water",))).value.kinds
    assert [(kind.kind, kind.name_en) for kind in kinds] == [("water", "Water")]
    assert ask(store, small_city(), NOW, DevicesOnline(kinds=("lift",))).value is None
