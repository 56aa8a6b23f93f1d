"""Published figures: every row of a table is read or answered, with the words that qualify it.

The real table (the figures the product must be able to show) lies beside the project; where it does not, its tests
say so and are skipped.
"""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.indicator import Qualifier, Quality, ValueKind
from brain.model.period import PeriodKind
from brain.model.published import COLUMNS, PublishedFigure, load_published, read_quote
from brain.model.unit import UNITS, unit_of
from tests.real_data import SEEDS, real

TZ = "Asia/Shanghai"
TABLE = SEEDS / "published_figures.csv"
ROW = {
    "city": "somewhere",
    "theme_zh": "热线",
    "indicator_zh": "受理量",
    "value": "903600",
    "unit": "件次",
    "period": "2021H1",
    "kind": "total",
    "quote_zh": "受理诉求90.36万件次",
    "check": "",
}


def write(path: Path, *rows: dict[str, str], columns=COLUMNS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("number", "unit", "quote", "text", "qualifier"),
    [
        ("903600", "件次", "受理诉求90.36万件次", "90.36万", ""),
        ("94000000", "条", "累計已經回流數據約9400萬條", "9400万", "about"),
        ("1058000000", "条", "目前共计534类,10.58亿数据已回流", "10.58亿", ""),
        ("80000", "条", "完成68次8萬多條政務數據共享", "8万", "over"),
        ("1200000", "次", "用证总量达120多万次", "120万", "over"),
        ("14010000", "张", "签发287类超过1401万张电子证照", "1401万", "over"),
        ("287", "类", "签发287类超过1401万张电子证照", "287", ""),
        ("5400000000", "次", "数据交换量突破54亿次", "54亿", "over"),
        ("280", "人", "应急等16部门280余人", "280", "over"),
        ("100", "个", "市相关单位百余个业务系统", "100", "over"),
        ("300", "个", "全区接入政务网点位约300多个", "300", "over"),
        ("30", "个", "整合了区内将近30个系统数据", "30", "nearly"),
        ("500", "个", "不足500个", "500", "under"),
        ("12", "Gbps", "出口带宽超12G", "12", "over"),
        ("430", "GB", "282核CPU、430G內存", "430", ""),
        ("10", "Gbps", "骨干宽带基本达到万兆接入能力", "10", "about"),
        ("1", "Gbps", "实现主要机关单位千兆接入", "1", ""),
        ("1", "小时", "21个紧急求助事项1小时内联系群众", "1", "at_most"),
        ("21", "个", "21个紧急求助事项1小时内联系群众", "21", ""),
        ("3", "工作日", "3个工作日内完成处置", "3", "at_most"),
        ("45", "工作日", "由原來的200多個工作日縮短到45個工作日以內", "45", "at_most"),
        ("200", "工作日", "由原來的200多個工作日縮短到45個工作日以內", "200", "over"),
        ("3", "个", "近期梳理上线3个以上“秒批”服务事项", "3", "at_least"),
        ("1", "次", "實現政務服務“最多跑一次”", "1", "at_most"),
        ("13", "个", "粤赣湘桂黔五省十三市", "13", ""),
        ("5", "个", "粤赣湘桂黔五省十三市", "5", ""),
        ("205", "个", "二百零五个", "205", ""),
        ("7", "个", "没有数字", "7", ""),
    ],
)
def test_the_sentence_says_how_exactly(number, unit, quote, text, qualifier):
    assert read_quote(Decimal(number), unit, quote) == (text, Qualifier(qualifier))


@given(st.integers(1, 10**9), st.text(alphabet="约超近多余万亿兆千百十一二三0123456789.,个内以上小时", max_size=40))
def test_any_sentence_is_read(number, quote):
    text, qualifier = read_quote(Decimal(number), "个", quote)
    assert text
    assert qualifier in Qualifier


def test_a_row_becomes_a_value(tmp_path):
    figures, problems = load_published(write(tmp_path / "t.csv", ROW | {"check": "differs: from the sum"}), TZ)
    assert problems == []
    value = figures[0].as_value("hotline_requests_total", "442000", "a report", 7)
    assert (value.value, value.value_text, value.shown) == (903_600.0, "90.36万", 903_600.0)
    assert (value.kind, value.period.text, value.quality) == (ValueKind.TOTAL, "2021H1", Quality.DOUBTFUL)
    assert (value.indicator_id, value.area_id, value.source, value.received_ms) == (
        "hotline_requests_total",
        "442000",
        "a report",
        7,
    )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"value": "many"}, "value 'many' is not a number"),
        ({"value": "NaN"}, "not a finite number"),
        ({"value": "Infinity"}, "not a finite number"),
        ({"value": ""}, "is not a number"),
        ({"kind": "sum"}, "kind 'sum' is none of stock, total"),
        ({"period": "soon"}, "known forms"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_the_good_one_stays(tmp_path, change, complaint):
    figures, problems = load_published(write(tmp_path / "t.csv", ROW, ROW | change), TZ)
    assert len(figures) == 1
    assert len(problems) == 1
    assert problems[0].startswith("line 3: ")
    assert complaint in problems[0]


def test_a_row_with_cells_missing_or_too_many_is_named(tmp_path):
    path = write(tmp_path / "t.csv", ROW)
    with path.open("a", encoding="utf-8") as file:
        file.write("a,b\n" + ",".join("1" * (len(COLUMNS) + 1)) + "\n")
    figures, problems = load_published(path, TZ)
    assert len(figures) == 1
    assert [problem.split(":")[0] for problem in problems] == ["line 3", "line 4"]


def test_a_cell_without_end_is_named(tmp_path):
    path = write(tmp_path / "t.csv", ROW)
    with path.open("a", encoding="utf-8") as file:
        file.write('a,"' + "x" * 5_000_000)  # beyond any limit the process may have set
    figures, problems = load_published(path, TZ)
    assert len(figures) == 1
    assert "line 3" in problems[0]
    assert "field larger" in problems[0]


def test_missing_columns_are_named(tmp_path):
    path = write(tmp_path / "t.csv", ROW, columns=[c for c in COLUMNS if c not in ("unit", "kind")])
    assert load_published(path, TZ) == ([], ["line 1: the columns unit, kind are missing"])


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(real(TABLE), dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def figures(table) -> list[PublishedFigure]:
    found, problems = load_published(TABLE, TZ)
    assert problems == []
    return found


@pytest.mark.real_data
class TestRealTable:
    def test_no_row_is_lost(self, table, figures):
        assert len(figures) == len(table) == 286
        assert [f.name for f in figures] == table["indicator_zh"].tolist()
        assert Counter(f.city for f in figures) == Counter(table["city"])
        assert [f.line for f in figures] == list(range(2, 288))

    def test_values_are_those_of_the_file(self, table, figures):
        assert {f.unit for f in figures} == set(table["unit"]) <= set(UNITS)
        for figure, printed in zip(figures, table["value"], strict=True):
            assert unit_of(figure.unit).to_shown(figure.value) == Decimal(printed)
        percent = (table["unit"] == "%").tolist()
        assert all(0 <= f.value <= 1 for f, is_percent in zip(figures, percent, strict=True) if is_percent)

    def test_the_printed_figure_means_the_value(self, figures):
        scales = {"": 1, "万": 10**4, "亿": 10**8}
        for figure in figures:
            digits, scale = figure.as_value("a_b_c", "x", "s", 0).figure_and_scale
            assert unit_of(figure.unit).to_base(Decimal(digits) * scales[scale]) == figure.value

    def test_kinds_are_those_of_the_file(self, table, figures):
        assert Counter(f.kind.value for f in figures) == Counter(table["kind"])

    def test_every_period_form_is_recognised(self, table, figures):
        assert [f.period.text for f in figures] == table["period"].tolist()
        forms = {  # counted straight from the file, by the words that mark each form
            PeriodKind.AS_OF: r"^as of ",
            PeriodKind.HALF: r"^\d{4}H[12]$",
            PeriodKind.YEAR: r"^\d{4}$",
            PeriodKind.RANGE: r"\.\.",
            PeriodKind.BATCH: r" batch ",
            PeriodKind.PLANNED: r"^planned",
            PeriodKind.SUGGESTED: r"^suggested",
            PeriodKind.UNDER_WAY: r"^under way",
            PeriodKind.BY: r"^by ",
            PeriodKind.SINCE: r"^(?:since|from) ",
            PeriodKind.EVENT: r"^before",
        }
        expected = {kind: int(table["period"].str.contains(form).sum()) for kind, form in forms.items()}
        assert sum(expected.values()) == 286
        assert Counter(f.period.kind for f in figures) == expected

    def test_bounds_are_given_exactly_where_the_form_gives_them(self, figures):
        for f in figures:
            bounds = (f.period.start_ms is not None, f.period.end_ms is not None, f.period.as_of_ms is not None)
            if f.period.kind in (PeriodKind.HALF, PeriodKind.YEAR, PeriodKind.BATCH):
                assert bounds == (True, True, False)
            elif f.period.kind is PeriodKind.EVENT:
                assert bounds == (False, False, False)
            elif f.period.kind is PeriodKind.RANGE:
                assert bounds == (f.period.text[0].isdigit(), "reply" not in f.period.text, False)
            else:
                assert sum(bounds) == 1

    def test_qualifying_words_are_all_found(self, table, figures):
        # Straight from the file: rows whose sentence has a qualifying word touching digits, per printed figure.
        words = table["quote_zh"].str.contains(
            r"(?:约|約|超|超过|突破|将近|最多跑|基本达到)[\d一万千]|[\d百][多余餘余]|\d[萬万]多|以[內内]|(?:小时|工作日)内|以上"
        )
        qualified = [f.qualifier is not Qualifier.EXACT for f in figures]
        # A word may belong to another figure of the same sentence, so it says "perhaps"; without one it is "never".
        assert not [f.name for f, q, w in zip(figures, qualified, words, strict=True) if q and not w]
        assert Counter(f.qualifier for f in figures) == {
            Qualifier.EXACT: 246,
            Qualifier.OVER: 20,
            Qualifier.ABOUT: 12,
            Qualifier.AT_MOST: 6,
            Qualifier.AT_LEAST: 1,
            Qualifier.NEARLY: 1,
        }

    def test_contradictions_are_marked_doubtful(self, table, figures):
        doubtful = [f.as_value("a_b_c", "x", "s", 0).quality is Quality.DOUBTFUL for f in figures]
        assert doubtful == table["check"].str.startswith("differs").tolist()
        assert sum(doubtful) == 10
