"""Which device a message is about, before and after the register knows of it."""

from dataclasses import replace

import pytest

from brain.model.reading import Device
from feeds.payloads.device_register import NewDevice, Register
from feeds.payloads.refusal import Refusal
from tests.small_city import small_tree

HERE, THERE = "0200101", "0200102"
SAID = NewDevice("air", "x", HERE, None, None, 60)


def test_what_people_say_of_a_device_goes_before_what_was_handed_on() -> None:
    committed: dict[str, Device] = {}
    register = Register(small_tree(), committed.get, "iot", simulated=False)
    made = register.find_described("x:1", HERE, SAID, register_new=True)
    assert register.is_news(made)
    assert register.find_described("x:1", HERE, SAID, register_new=True) is made  # not yet committed
    with pytest.raises(Refusal):
        register.find_described("x:1", THERE, SAID, register_new=True)
    moved = replace(made, area_id=THERE, kept=True)
    committed["x:1"] = moved
    assert register.find_described("x:1", THERE, SAID, register_new=True) == moved
    assert not register.is_news(moved)
    with pytest.raises(Refusal):
        register.find_described("x:1", HERE, SAID, register_new=True)
