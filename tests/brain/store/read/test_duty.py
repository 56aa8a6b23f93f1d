"""Who is on duty, who comes next, where nobody does; names only for those who may know them."""

from typing import Any

from brain.model.duty import DutyRoster, DutyShift
from brain.model.query.duty import DutyNow, DutyPost
from brain.model.scope import Role
from brain.store.engine import Store
from brain.store.retention import sweep
from brain.store.write.duty import store_rosters
from tests.brain.store.read.filling import DAY, HOUR, ask, ms
from tests.small_city import CITY, TOWNS, small_city

FACTS = small_city()
NOW = ms("2021-07-14 14:26:08")
EIGHT, TWENTY = ms("2021-07-14 08:00"), ms("2021-07-14 20:00")


def shift(
    start: int, end: int, person: str = "张**", unit: str = "water", post: str = "值班长", **more: Any
) -> DutyShift:
    return DutyShift(unit, post, more.get("area_id", CITY), start, end, person)


def put(store: Store, *shifts: DutyShift) -> None:
    store.write(lambda conn: store_rosters(conn, FACTS, "duty", [DutyRoster("t", shifts)])).result()


def posts(store: Store, now_ms: int = NOW, area_id: str = CITY, **more: Any) -> dict[str, DutyPost]:
    answer = ask(store, FACTS, now_ms, DutyNow(), area_id, **more)
    return {post.post: post for post in answer.value or ()}


def test_now_and_next(store: Store) -> None:
    assert ask(store, FACTS, NOW, DutyNow()).value is None
    put(
        store,
        shift(EIGHT, TWENTY),
        shift(EIGHT, TWENTY + HOUR, "王**"),
        shift(TWENTY, TWENTY + 12 * HOUR, "李**"),
        shift(EIGHT, TWENTY, post="一岗"),
        shift(EIGHT - DAY, EIGHT, post="空岗"),
        shift(EIGHT + 2 * DAY, TWENTY + 2 * DAY, post="后天"),
        shift(EIGHT - 3 * DAY, EIGHT - 2 * DAY, post="前天"),
        shift(EIGHT, EIGHT + 3 * DAY, post="长班"),
    )
    found = posts(store)
    assert set(found) == {"值班长", "一岗", "空岗", "长班"}
    chief = found["值班长"]
    assert (chief.unit, chief.unit_en) == ("水务局", "Water bureau")
    assert (chief.people, chief.until_ms) == (("张**", "王**"), TWENTY)
    assert (chief.next_ms, chief.next_people, chief.gap) == (TWENTY, ("李**",), False)
    assert (found["一岗"].gap, found["一岗"].next_ms, found["一岗"].minded) == (True, None, True)
    assert (found["空岗"].gap, found["空岗"].minded, found["空岗"].until_ms) == (True, False, None)
    assert not found["长班"].gap  # who follows in three days is not asked yet
    assert posts(store, TWENTY)["值班长"].people == ("王**", "李**")
    assert ask(store, FACTS, NOW, DutyNow()).changes_ms == TWENTY


def test_names_are_for_those_who_may_know_them(sqlite_store: Store) -> None:
    put(sqlite_store, shift(EIGHT, TWENTY), shift(EIGHT, TWENTY, unit="hotline", post="席位"))
    for role, unit, wanted in (
        (Role.OPERATOR, None, ("张**", "张**")),
        (Role.LEADER, None, ("张**", "张**")),
        (Role.WALL, None, ("", "")),
        (Role.UNIT, "water", ("张**", "")),
        (Role.UNIT, None, ("", "")),
    ):
        found = posts(sqlite_store, role=role, unit=unit)
        assert (*found["值班长"].people, *found["席位"].people) == wanted, (role, unit)


def test_an_area_sees_its_own_posts(sqlite_store: Store) -> None:
    put(sqlite_store, shift(EIGHT, TWENTY), shift(EIGHT, TWENTY, post="带班领导", area_id=TOWNS[1]))
    assert set(posts(sqlite_store, area_id=TOWNS[1])) == {"带班领导"}
    assert posts(sqlite_store, area_id=TOWNS[0]) == {}


def test_retention_takes_shifts_that_are_long_over(sqlite_store: Store) -> None:
    put(sqlite_store, shift(EIGHT - 9 * DAY, TWENTY - 9 * DAY), shift(EIGHT, TWENTY, post="今天"))
    assert sweep(sqlite_store, FACTS, {"duty_shift": 2}, NOW, NOW) == {"duty_shift": 1}
    assert set(posts(sqlite_store)) == {"今天"}
