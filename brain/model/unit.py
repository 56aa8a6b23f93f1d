"""Units of figures. A value is kept in its base unit (ratio 0-1, seconds, bytes, bit/s, yuan, counts) and shown in the
unit it was published in: shown = value / factor."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Unit:
    """`symbol` as written in Chinese text, `en` the English word, `base` the unit values are kept in."""

    symbol: str
    en: str
    base: str
    factor: Decimal = Decimal(1)

    def to_base(self, shown: Decimal) -> float:
        return float(shown * self.factor)

    def to_shown(self, value: float) -> Decimal:
        """The figure in this unit, without binary noise: 0.9999 -> 99.99."""
        return Decimal(repr(value)) / self.factor


_SCALED: tuple[Unit, ...] = (
    Unit("%", "%", "ratio", Decimal("0.01")),
    Unit("小时", "h", "s", Decimal(3600)),
    Unit("天", "days", "s", Decimal(86400)),
    Unit("GB", "GB", "byte", Decimal(10) ** 9),
    Unit("Gbps", "Gbit/s", "bit/s", Decimal(10) ** 9),
)
_COUNTED: tuple[tuple[str, str], ...] = (
    ("个", ""),
    ("条", ""),
    ("项", ""),
    ("次", "times"),
    ("人", "people"),
    ("级", "levels"),
    ("类", "kinds"),
    ("名次", "place"),
    ("宗", "cases"),
    ("元", "yuan"),
    ("家", ""),
    ("套", "sets"),
    ("台", "units"),
    ("工作日", "working days"),
    ("屏", "screens"),
    ("人次", "visits"),
    ("件次", "requests"),
    ("笔", "transactions"),
    ("路", "channels"),
    ("核", "cores"),
    ("人次/日", "visits a day"),
    ("件次/日", "requests a day"),
    ("件", "cases"),
    ("条次", "calls"),
    ("条次/日", "calls a day"),
    ("部", ""),
    ("张", ""),
    ("种", "kinds"),
    ("分", "points"),
    ("格", "cells"),
    ("名", "posts"),
    ("版", "version"),
    ("端", "clients"),
    ("场", "meetings"),
    ("平方米", "m²"),
    ("立方米", "m³"),
    ("公里", "km"),
    ("平方公里", "km²"),
    ("公顷", "ha"),
    ("亩", "mu"),
    ("吨", "t"),
    ("千瓦时", "kWh"),
    ("户", "households"),
    ("起", "cases"),
    ("辆", "vehicles"),
    ("座", ""),
    ("所", ""),
    ("美元", "US dollars"),
    ("米", "m"),
    ("毫米", "mm"),
    ("℃", "°C"),
    ("度", "°"),
    ("分贝", "dB"),
    ("兆帕", "MPa"),
    ("微克/立方米", "µg/m³"),
    ("毫克/升", "mg/L"),
    ("米/秒", "m/s"),
    ("毫秒", "ms"),
    ("瓦", "W"),
)
UNITS: Mapping[str, Unit] = MappingProxyType(
    {unit.symbol: unit for unit in (*_SCALED, *(Unit(symbol, en, symbol) for symbol, en in _COUNTED))}
)


def unit_of(symbol: str) -> Unit:
    """The unit of a symbol; one that is not in the table counts in itself (a city may bring its own)."""
    return UNITS.get(symbol) or Unit(symbol, symbol, symbol)
