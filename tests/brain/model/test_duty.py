"""Names on duty rosters."""

from brain.model.duty import masked


def test_names_are_masked() -> None:
    assert [masked(name) for name in ("张三", " 欧阳修 ", "Li Ming", "", "  ")] == ["张**", "欧**", "L**", "", ""]
