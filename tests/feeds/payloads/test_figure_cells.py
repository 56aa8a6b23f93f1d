"""Cells as departments print them become figures with precision, scale, qualifier and unit; others are refused."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brain.model.indicator import Qualifier
from feeds.payloads.figure_cells import Measured, NotAFigure, measure_figure, read_figure, split_unit


def measured(cell: object, said: str = "", own: str = "件次", **units: str) -> Measured:
    return measure_figure(read_figure(cell), said, own, units)


@pytest.mark.parametrize(
    ("cell", "said", "own", "value", "text"),
    [
        ("1,405.50", "", "件次", 1405.5, "1405.50"),
        (" １，４０５ ", "", "件次", 1405.0, "1405"),
        ("90.36万件次", "", "件次", 903_600.0, "90.36万"),
        ("90.36", "万件次", "件次", 903_600.0, "90.36万"),
        ("53万件次", "万件次", "件次", 530_000.0, "53万"),  # the cell says all of it itself
        ("1.2万亿", "元", "元", 1.2e12, "12000亿"),
        ("3.5", "百万元", "元", 3_500_000.0, "3500000"),
        ("12", "千人", "人", 12_000.0, "12000"),
        ("7", "千瓦时", "千瓦时", 7.0, "7"),
        ("99.990%", "", "%", 0.9999, "99.990"),
        ("99.99", "%", "%", 0.9999, "99.99"),
        ("-3.2", "%", "%", -0.032, "-3.2"),
        ("−3.2％", "", "%", -0.032, "-3.2"),
        ("12①", "", "件次", 12.0, "12"),
        ("12**", "", "件次", 12.0, "12"),
        (0.1 + 0.2, "", "件次", 0.3, "0.3"),
        (0, "", "件次", 0.0, "0"),
        (".5", "", "件次", 0.5, "0.5"),
    ],
)
def test_figures(cell: object, said: str, own: str, value: float, text: str) -> None:
    found = measured(cell, said, own)
    assert (found.value, found.text) == (value, text)


@pytest.mark.parametrize(
    ("cell", "qualifier"),
    [
        ("超1401万", Qualifier.OVER),
        ("5000多", Qualifier.OVER),
        ("约6.9万余", Qualifier.OVER),
        ("约660万", Qualifier.ABOUT),
        ("近30", Qualifier.NEARLY),
        ("不足30", Qualifier.UNDER),
        ("3个以上", Qualifier.AT_LEAST),
        ("≤2", Qualifier.AT_MOST),
        ("30左右", Qualifier.ABOUT),
        ("30", Qualifier.EXACT),
    ],
)
def test_qualifiers(cell: str, qualifier: Qualifier) -> None:
    assert measured(cell, own="个").qualifier is qualifier


@pytest.mark.parametrize(
    ("cell", "said", "words"),
    [
        ("很多", "", "is no figure"),
        ("1,40", "", "is no figure"),
        ("1.2.3", "", "is no figure"),
        ("#REF!", "", "mend it in the workbook"),
        ("1" * 80, "", "is no figure"),
        ("9999999万亿", "", "larger than any figure"),
        (float("nan"), "", "NaN or Infinity"),
        (True, "", "no number"),
        ([1], "", "no number"),
        ("1.2万", "万件次", "in one place only"),
        ("12元", "件次", "the cell says '元', the table '件次'"),
        ("12", "元", "unit '元' where the indicator is in '件次'"),
        ("½", "", "is no figure"),
    ],
)
def test_what_is_no_figure_says_what_to_do(cell: object, said: str, words: str) -> None:
    with pytest.raises(NotAFigure) as told:
        measured(cell, said)
    assert words in str(told.value)


def test_a_unit_of_the_source_is_translated() -> None:
    assert measured("12", "宗次", 宗次="件次").value == 12.0
    assert measured("12宗次", 宗次="件次").value == 12.0
    assert split_unit("万方") == ("万", "方")


@settings(max_examples=40)
@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from(["", "万", "亿"]), st.sampled_from(["", "约", "超"]))
def test_whatever_is_printed_with_thousands_marks_comes_back(number: Decimal, scale: str, word: str) -> None:
    found = measured(f"{word}{number:,f}{scale}")
    factor = {"": 1, "万": 10**4, "亿": 10**8}[scale]
    assert found.value == float(number * factor)
    assert Decimal(found.text.rstrip("万亿")) == number


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_no_text_breaks_it(cell: str) -> None:
    with suppress(NotAFigure):
        assert isinstance(measured(cell), Measured)
