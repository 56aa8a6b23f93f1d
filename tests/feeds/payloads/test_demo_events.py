"""What happens in the simulated city: seldom, in one place, and to all who ask the same."""

from feeds.payloads.demo_events import COURSES, HOUR_MS, MINUTE_MS, STORM_SITES, Events
from tests.feeds.desk import NOW_MS
from tests.small_city import VILLAGES

DAYS = 60


def begun(events: Events, kind: str):
    found = events.beginning(NOW_MS, NOW_MS + DAYS * 24 * HOUR_MS)
    return [event for event in found if event.kind == kind]


def test_events_come_now_and_then_and_are_over_again():
    events = Events(VILLAGES, 1)
    for kind, course in COURSES.items():
        found = begun(events, kind)
        assert 0.3 * DAYS < len(found) < DAYS
        for event in found:
            assert event.end_ms - event.start_ms == course.lasting_min * MINUTE_MS
            assert events.at(kind, event.start_ms) == event == events.at(kind, event.end_ms - 1)
            assert events.at(kind, event.start_ms - 1) is None
            assert events.at(kind, event.end_ms) is None
            assert 0 < event.strength <= 1


def test_pipes_break_anywhere_and_storms_flood_few_places():
    events = Events(VILLAGES, 1)
    assert {event.area_id for event in begun(events, "burst")} == set(VILLAGES)
    assert len({event.area_id for event in begun(events, "storm")}) == STORM_SITES


def test_a_city_begins_with_a_storm_a_minute_after_its_first_start():
    opened, other = Events(VILLAGES, 1, NOW_MS), Events(VILLAGES, 1)
    storm = opened.at("storm", NOW_MS + 5 * MINUTE_MS)
    assert storm is not None
    assert (storm.start_ms, storm.strength) == (NOW_MS + MINUTE_MS, 1.0)
    assert storm in list(opened.beginning(NOW_MS, NOW_MS + HOUR_MS))
    # Before and after it all is as it would have been.
    assert [e for e in begun(opened, "storm") if e != storm] == begun(other, "storm")


def test_another_seed_is_another_story():
    assert begun(Events(VILLAGES, 1), "burst") != begun(Events(VILLAGES, 2), "burst")
