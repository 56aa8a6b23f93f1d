"""The numbers behind a panel: a table that can be heard, and where each number comes from."""

from dataclasses import replace

import pytest

from brain.model.query.answer import EXCLUSIONS, FORMULAS
from dashboard.kit.behind import behind
from dashboard.kit.frame import frame
from dashboard.kit.table import MOST_SHOWN, cell_text, table_of
from dashboard.panel import Column, Kind, Screen, Table
from tests.panels.samples import DAY_MS, NOW_MS
from tests.panels.shown import LANGUAGES, attributes, bare_view, by_class, components, panels, text_of, texts, view_of

VIEW = bare_view("hotline_trend", Screen.MEDIUM)


def test_cells_are_said_as_on_the_screen() -> None:
    number, free = Column("n", kind=Kind.NUMBER, decimals=1), Column("n", kind=Kind.NUMBER, decimals=None)
    said = [cell_text(cell, number, VIEW) for cell in (1234.56, 0, -5, None, float("nan"))]
    assert said == ["1,234.6", "0.0", "−5.0", "—", "—"]
    assert [cell_text(cell, free, VIEW) for cell in (0.31, 5.0, 1234567)] == ["0.31", "5", "1,234,567"]
    assert cell_text(NOW_MS, Column("t", kind=Kind.MOMENT), VIEW) == "2021-07-14 14:26:08"
    assert cell_text(DAY_MS, Column("d", kind=Kind.DAY), VIEW) == "2021-07-14"
    assert cell_text("", Column("x"), VIEW) == "—"


def test_a_table_says_what_it_is_of_and_what_its_columns_are() -> None:
    table = Table((Column("区域"), Column("数", "件次", Kind.NUMBER)), (("石岐", 3),) * (MOST_SHOWN + 1))
    drawn = table_of(table, VIEW, "今日来电")
    assert (attributes(drawn)["role"], attributes(drawn)["tabIndex"]) == ("region", 0)  # it scrolls by keyboard
    heads = [node for node in components(drawn) if type(node).__name__ == "Th"]
    assert [(text_of(head), head.scope, head.className) for head in heads] == [
        ("区域", "col", ""),
        ("数 (件次)", "col", "num"),
    ]
    assert attributes(drawn)["aria-label"] == "今日来电"
    assert len([node for node in components(drawn) if type(node).__name__ == "Tr"]) == MOST_SHOWN + 1


def test_rows_are_as_long_as_the_head() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 cells; there are 2 columns"):
        Table((Column("a"), Column("b")), (("x", "y"), ("x",)))


def test_every_number_says_how_it_is_counted_from_what_and_without_what() -> None:
    section = frame(behind(panels()["hotline_trend"]), view_of("hotline_trend", Screen.MEDIUM))
    (origin,) = by_class(section, "origin")
    said = text_of(origin)
    for words in (
        "按时办结率",
        "时限内办结的占比",
        "57,611 / 58,204",
        "12345 工单",
        "办结早于受理的工单 3",
        "14:25:56",
    ):
        assert words in said, words
    assert attributes(by_class(section, "table-wrap")[0])["aria-label"] == "近 14 天受理与办结"


def test_numbers_of_one_origin_share_their_entry() -> None:
    view = view_of("hotline_today", Screen.MEDIUM)
    answer = view.answers["day"]
    twice = (*answer.provenance, replace(answer.provenance[0], key="other"))
    view = replace(view, answers={"day": replace(answer, provenance=twice)})
    (origin,) = by_class(frame(behind(panels()["hotline_today"]), view), "origin-name")
    assert text_of(origin) == "今日受理、other"


def test_a_panel_without_rows_still_says_where_its_numbers_come_from() -> None:
    panel = replace(panels()["hotline_today"], rows=None)
    section = frame(behind(panel), view_of("hotline_today", Screen.MEDIUM))
    assert by_class(section, "origin")
    assert not by_class(section, "table-wrap")
    assert "没有外部来源" in text_of(frame(behind(panels()["feed_health"]), view_of("feed_health", Screen.MEDIUM)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_formula_and_exclusion_has_words(lang: str) -> None:
    assert [key for key in (*FORMULAS, *EXCLUSIONS) if key not in texts().by_language[lang]] == []
