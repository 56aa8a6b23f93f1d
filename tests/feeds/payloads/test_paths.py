import pytest

from feeds.payloads.paths import MISSING, compile_path, pick

DOCUMENT = {"data": {"values": [{"v": 1}, {"v": None}]}, "pm2.5": 7, "zero": 0, "list": [1, 2, 3]}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data.values[0].v", 1),
        ("data.values[1].v", None),
        ("data.values[-2].v", 1),
        ("data.values[2].v", MISSING),
        ("data.values[-3].v", MISSING),
        ("data.values.v", MISSING),
        ("data[0]", MISSING),
        ('["pm2.5"]', 7),
        ("['pm2.5']", 7),
        ("pm2.5", MISSING),
        ("zero", 0),
        ("zero.more", MISSING),
        ("list[2]", 3),
        ("nothing", MISSING),
    ],
)
def test_a_path_finds_what_is_there_and_nothing_else(path: str, found: object) -> None:
    assert pick(DOCUMENT, compile_path(path)) == found


@pytest.mark.parametrize("document", [None, 5, "text", [], {"a": 1}])
def test_the_empty_path_is_the_whole_document(document: object) -> None:
    assert pick(document, compile_path("")) == document


@pytest.mark.parametrize("path", [".a", "a.", "a..b", "a[", "a[x]", "a[0]b", "a]", '["a', "a.[0]"])
def test_a_wrong_path_is_refused_with_the_place(path: str) -> None:
    with pytest.raises(ValueError, match="is not understood from character"):
        compile_path(path)
