"""A message without a time counts at its first delivery, over connections and restarts, and apart from its like."""

from dataclasses import replace

from feeds.payloads.message import Message
from feeds.payloads.mqtt_receipts import Receipts

FIRST = Message("a/b", b"1", 1000, mid=5)
AGAIN = replace(FIRST, received_ms=9000, again=True)


class Times:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def receipts(said: str | None = None, times: Times | None = None, most: int = 3) -> Receipts:
    made = Receipts(most, 60.0, times or Times())
    made.load(said)
    made.connected(same_session=True)
    return made


def test_what_comes_again_counts_when_it_came_first() -> None:
    made = receipts()
    assert made.moment_ms(FIRST) == 1000
    made.connected(same_session=True)
    assert made.moment_ms(AGAIN) == 1000


def test_it_is_known_after_a_restart() -> None:
    before = receipts()
    before.moment_ms(FIRST)
    assert receipts(before.news()).moment_ms(AGAIN) == 1000


def test_without_the_mark_with_other_content_or_in_a_new_session_it_is_new() -> None:
    made = receipts()
    made.moment_ms(FIRST)
    assert made.moment_ms(replace(AGAIN, payload=b"2")) == 9000
    assert receipts().moment_ms(AGAIN) == 9000
    made = receipts()
    made.moment_ms(FIRST)
    assert made.moment_ms(replace(AGAIN, again=False)) == 9000
    made = receipts()
    made.moment_ms(FIRST)
    made.connected(same_session=False)
    assert made.moment_ms(AGAIN) == 9000


def test_two_of_a_topic_in_one_millisecond_are_two() -> None:
    made = receipts()
    moments = [made.moment_ms(replace(FIRST, mid=mid)) for mid in (1, 2, 3)]
    assert moments == [1000, 1001, 1002]
    assert made.moment_ms(replace(FIRST, topic="a/c", mid=4)) == 1000


def test_news_is_told_once_and_again_when_something_comes_again() -> None:
    made = receipts()
    assert made.news() is None
    made.moment_ms(FIRST)
    told = made.news()
    assert told
    assert made.news() is None
    made.moment_ms(AGAIN)
    assert made.news() == told


def test_what_the_broker_surely_heard_is_forgotten() -> None:
    times = Times()
    made = receipts(times=times)
    for mid in (1, 2):
        made.moment_ms(replace(FIRST, mid=mid))
    made.acknowledged([1])
    times.now_s = 61.0
    made.moment_ms(replace(FIRST, mid=3))
    after = receipts(made.news())
    assert [after.moment_ms(replace(AGAIN, mid=mid)) < 9000 for mid in (1, 2, 3)] == [False, True, True]


def test_no_more_are_kept_than_may_be_under_way() -> None:
    made = receipts(most=3)
    for mid in range(1, 8):
        made.moment_ms(replace(FIRST, mid=mid))
    after = receipts(made.news())
    assert [after.moment_ms(replace(AGAIN, mid=mid)) < 9000 for mid in range(1, 8)] == [False] * 4 + [True] * 3


def test_a_cursor_of_something_else_is_no_memory() -> None:
    for said in (None, "", "not base64!", "AAAA"):
        assert receipts(said).moment_ms(AGAIN) == 9000
