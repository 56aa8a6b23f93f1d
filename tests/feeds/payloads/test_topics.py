import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.payloads.topics import compile_topic, is_device_id, overlap


@pytest.mark.parametrize(
    ("pattern", "wanted", "topic", "names"),
    [
        (
            "city/{area}/{kind}/{device}",
            "city/+/+/+",
            "city/020/air/a-1",
            {"area": "020", "kind": "air", "device": "a-1"},
        ),
        ("v1/dev-{device}/up", "v1/+/up", "v1/dev-7/up", {"device": "7"}),
        ("{device}/+/x", "+/+/x", "d/anything/x", {"device": "d"}),
        ("plant/{device}/#", "plant/+/#", "plant/d/a/b/c", {"device": "d"}),
        ("plant/{device}/#", "plant/+/#", "plant/d", {"device": "d"}),
        ("{area}-{device}", "+", "a-d", {"area": "a", "device": "d"}),
        ("a.b/{device}", "a.b/+", "a.b/中文", {"device": "中文"}),
    ],
)
def test_placeholders_are_read_from_the_topic(pattern: str, wanted: str, topic: str, names: dict[str, str]) -> None:
    compiled = compile_topic(pattern)
    assert compiled.filter == wanted
    assert compiled.read(topic) == names


@pytest.mark.parametrize(
    "topic",
    ["city/020/air", "city/020/air/a/more", "town/020/air/a", "city/020/air/", "city//air/a", "city/020/air/a\n/b"],
)
def test_other_topics_do_not_fit(topic: str) -> None:
    assert compile_topic("city/{area}/{kind}/{device}").read(topic) is None


def test_a_dot_in_a_pattern_is_a_dot() -> None:
    assert compile_topic("a.b/{device}").read("axb/d") is None


def test_an_endless_topic_does_not_fit() -> None:
    assert compile_topic("plant/{device}/#").read("plant/d/" + "x/" * 1000) is None


@pytest.mark.parametrize(
    "pattern",
    ["", "#", "$SYS/{device}", "a/#/b", "a/b#", "a/x+/b", "{device}/{device}", "a/{De vice}", "a/{device", "a#/b"],
)
def test_a_wrong_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="topic pattern"):
        compile_topic(pattern)


@pytest.mark.parametrize("text", ["a", "A-1_b.c:d", "x" * 64])
def test_plain_ids_are_device_ids(text: str) -> None:
    assert is_device_id(text)


@pytest.mark.parametrize(
    "text", ["", "x" * 65, ".", "..", "+", "#", "a/b", "$SYS", "../x", "a b", "中", "a\n", "a\x00", "%00;"]
)
def test_anything_that_could_mean_more_is_not(text: str) -> None:
    assert not is_device_id(text)


@given(st.text(max_size=80))
def test_what_a_pattern_reads_never_holds_a_slash(topic: str) -> None:
    names = compile_topic("{area}/{device}").read(topic)
    assert names is None or not any("/" in value or not value for value in names.values())


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("water/1/#", "water/2/#", False),
        ("water/1/#", "water/1/x", True),
        ("water/1/#", "water/1", True),
        ("water/+/x", "water/1/x", True),
        ("water/+/x", "water/1/y", False),
        ("water/1", "water/1/x", False),
        ("#", "water/1", True),
        ("water/+/#", "water/1/x/y", True),
    ],
)
def test_filters_that_a_topic_may_both_fit_overlap(one: str, other: str, meet: bool) -> None:
    assert (overlap(one, other), overlap(other, one)) == (meet, meet)
