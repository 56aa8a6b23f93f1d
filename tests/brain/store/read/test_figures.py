"""Published figures: the newest of each, what it is compared with, revisions, inheritance."""

from typing import Any

import pytest

from brain.model.indicator import IndicatorValue, Qualifier, Quality, ValueKind
from brain.model.period import parse_period
from brain.model.query.indicators import Figures
from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from tests.brain.store.read.filling import DAY, ask, fill, ms
from tests.small_city import CITY, small_city

NOW = ms("2021-07-14 14:26:08")
TOTAL = "hotline_received_total"
DAILY = "hotline_received_daily"
RATIO = "hotline_on_time_ratio"


def row(
    indicator: str, period: str, value: float | None, kind: str = "total", area_id: str = CITY, **more: Any
) -> dict[str, Any]:
    parsed = parse_period(period, "Asia/Shanghai")
    return {
        "area_id": area_id,
        "indicator_id": indicator,
        "period_text": period,
        "value_kind": kind,
        "revision": 1,
        "period_kind": parsed.kind.value,
        "start_ms": parsed.start_ms,
        "end_ms": parsed.end_ms,
        "as_of_ms": parsed.as_of_ms,
        "value": value,
        "value_text": str(value),
        "unit": "件次",
        "qualifier": "",
        "numerator": None,
        "denominator": None,
        "source": "report of the city, p. 3",
        "received_ms": NOW - DAY,
        "quality": "good",
        "formula_version": "",
        "simulated": False,
    } | more


def newest(store: Store, *rows: dict[str, Any], query: Figures | None = None, **how: Any):
    fill(store, schema.indicator_value, rows)
    return ask(store, small_city(), NOW, query or Figures((TOTAL,)), **how)


def test_the_whole_value_comes_back(store: Store):
    given = row(RATIO, "2021H1", 0.9999, "ratio", value_text="99.99", unit="%", qualifier="over", numerator=9999.0,
                denominator=10000.0, quality="doubtful", formula_version="v2", simulated=True, revision=3)  # fmt: skip
    answer = newest(store, given, query=Figures((RATIO,)))
    (figure,) = answer.value
    assert figure.indicator == small_city().indicators[RATIO]
    assert figure.value == IndicatorValue(
        indicator_id=RATIO,
        area_id=CITY,
        period=parse_period("2021H1", "Asia/Shanghai"),
        kind=ValueKind.RATIO,
        value=0.9999,
        value_text="99.99",
        unit="%",
        source="report of the city, p. 3",
        received_ms=NOW - DAY,
        qualifier=Qualifier.OVER,
        revision=3,
        numerator=9999.0,
        denominator=10000.0,
        quality=Quality.DOUBTFUL,
        formula_version="v2",
        simulated=True,
    )
    assert (answer.as_of_ms, answer.simulated, answer.stale_after_s) == (NOW - DAY, True, None)
    (origin,) = answer.provenance
    assert (origin.key, origin.formula_key) == (RATIO, "formula.published")
    assert (origin.numerator, origin.denominator) == (9999.0, 10000.0)
    assert (origin.sources, origin.refreshed_ms) == (("report of the city, p. 3",), NOW - DAY)


def test_headline_with_companions_in_the_order_of_the_city(store: Store):
    answer = newest(store, row(TOTAL, "2021H1", 903_600.0), row(DAILY, "2021H1", 4992.0, "average"), query=Figures())
    total, ratio, items = answer.value
    assert (total.indicator.id, ratio.indicator.id) == (TOTAL, RATIO)
    assert [(definition.id, value.value) for definition, value in total.companions] == [(DAILY, 4992.0)]
    assert (ratio.value, items.value) == (None, None)
    assert [
        figure.indicator.id for figure in ask(store, small_city(), NOW, Figures((RATIO, "unknown", TOTAL))).value
    ] == [RATIO, TOTAL]


def test_newest_period_then_last_revision(store: Store):
    (figure,) = newest(
        store,
        row(TOTAL, "2021H1", 1.0),
        row(TOTAL, "2021H1", 2.0, revision=2),
        row(TOTAL, "2021H1", 3.0, revision=10),
        row(TOTAL, "2020H2", 4.0, revision=99, received_ms=NOW),
        row(TOTAL, "2020", 5.0),
        row(TOTAL, "before launch", 6.0, received_ms=0),
        row(TOTAL, "2021H2", 7.0),  # running: begun, so it may be measured
        row(TOTAL, "2022H1", 8.0),  # not begun
        row(TOTAL, "2021H1", 9.0, area_id="02001"),
        query=Figures((TOTAL,)),
    ).value
    assert (figure.value.value, figure.value.period.text) == (7.0, "2021H2")
    assert (figure.previous.value, figure.previous.revision) == (3.0, 10)


@pytest.mark.parametrize(
    ("period", "others", "previous"),
    [
        ("2021H1", ("2020H2", "2020H1", "2020", "2021Q2"), "2020H2"),
        ("2021-06", ("2021-05", "2020-06"), "2021-05"),
        ("2021-06", ("2020-06", "2020"), "2020-06"),
        ("as of 2021-06", ("as of 2021-03", "2021-05"), "as of 2021-03"),
        ("2021H1", ("2021Q1",), None),
        ("launch..2021-06", ("launch..2021-03",), "launch..2021-03"),
    ],
)
def test_previous_is_of_the_same_length(
    sqlite_store: Store, period: str, others: tuple[str, ...], previous: str | None
):
    rows = [row(TOTAL, text, 1.0) for text in (period, *others)]
    figures = [figure for figure in newest(sqlite_store, *rows).value if figure.value.period.text == period]
    assert [figure.previous and figure.previous.period.text for figure in figures] == [previous]


def test_a_domain_is_asked_whole_in_the_order_of_the_catalogue(sqlite_store: Store):
    rows = [row(TOTAL, "2021H1", 1.0), row("data_catalogue_items_total", "2021H1", 2.0, "stock")]
    asked = newest(sqlite_store, *rows, query=Figures((RATIO,), domains=("data", "hotline"))).value
    assert [figure.indicator.id for figure in asked] == [
        RATIO,
        "data_catalogue_items_total",
        TOTAL,
        DAILY,
        "hotline_dispatched_total",
    ]
    unknown = ask(sqlite_store, small_city(), NOW, Figures(domains=("nothing",)))
    assert (unknown.value, unknown.as_of_ms) == (None, None)  # and not the headline


def test_a_series_is_of_one_kind_and_length_oldest_first(sqlite_store: Store):
    rows = [row(TOTAL, f"2021-{month:02d}", float(month)) for month in (2, 3, 5)]
    others = [row(TOTAL, "2021Q1", 9.0), row(TOTAL, "2021-04", 8.0, "target"), row(TOTAL, "2021-04", 7.0, "average")]
    (figure,) = newest(sqlite_store, *rows, *others).value
    assert [value.value for value in figure.series] == [2.0, 3.0, 5.0]
    assert figure.series[-1] == figure.value


def test_targets_and_limits_stand_beside_the_value(sqlite_store: Store):
    (figure,) = newest(
        sqlite_store,
        row(RATIO, "2021H1", 0.9999, "ratio"),
        row(RATIO, "by 2021-12", 0.995, "target"),
        row(RATIO, "2020", 0.98, "target"),
        row(RATIO, "2021", 0.9, "limit"),
        query=Figures((RATIO,)),
    ).value
    assert (figure.value.value, figure.target.value, figure.limit.value) == (0.9999, 0.995, 0.9)
    assert figure.previous is None


def test_a_target_alone_is_no_value(sqlite_store: Store):
    answer = newest(sqlite_store, row(TOTAL, "by 2021-12", 1.0, "target"))
    assert (answer.value, answer.as_of_ms) == (None, None)


def test_bad_newest_value_is_told_as_bad(sqlite_store: Store):
    (figure,) = newest(sqlite_store, row(TOTAL, "2021H1", None, quality="bad"), row(TOTAL, "2020H2", 4.0)).value
    assert (figure.value.value, figure.value.quality, figure.previous.value) == (None, Quality.BAD, 4.0)


def test_an_area_shows_its_own_and_inherits_only_when_asked_and_within_the_scope(store: Store):
    fill(
        store,
        schema.indicator_value,
        [row(TOTAL, "2021H1", 1.0), row(RATIO, "2021H1", 2.0), row(TOTAL, "2020H2", 3.0, area_id="02001")],
    )

    def shown(area_id: str, inherit: bool, scope_area: str = CITY) -> list[float | None] | None:
        query = Figures((TOTAL, RATIO), inherit=inherit)
        value = ask(store, small_city(), NOW, query, area_id, scope_area=scope_area, role=Role.LEADER).value
        return value and [figure.value and figure.value.value for figure in value]

    assert shown("0200101", inherit=False) is None
    assert shown("0200101", inherit=True) == [3.0, 2.0]
    assert shown("02002", inherit=True) == [1.0, 2.0]
    assert shown("02001", inherit=False) == [3.0, None]
    assert shown("0200101", inherit=True, scope_area="02001") == [3.0, None]
    assert shown("0200201", inherit=True, scope_area="02002") is None


def test_nothing_published(sqlite_store: Store):
    answer = ask(sqlite_store, small_city(), NOW, Figures())
    assert (answer.value, answer.as_of_ms, answer.provenance) == (None, None, ())
