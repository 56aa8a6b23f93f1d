"""Colours for what CSS cannot reach: plotly figures and images made on the server. The same values as
assets/css/tokens.css (a test compares them)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from brain.model.alert import Level
from dashboard.panel import Face, Screen, Theme, View

FONT = '"Barlow Semi Condensed","Noto Sans SC",sans-serif'
SERIF = '"Noto Serif SC",serif'


@dataclass(frozen=True, slots=True)
class Palette:
    """`ramp` from least to most; `ramp_ink`: the label colour on each step; `level_ink`: the character on a square."""

    ground: str
    card: str
    t1: str
    t2: str
    t3: str
    line: str
    line2: str
    acc: str
    acc2: str
    accd: str
    nodata: str
    stale_line: str
    stale_ground: str
    usual: str
    track: str
    ramp: tuple[str, str, str, str, str]
    ramp_ink: tuple[str, str, str, str, str]
    level: Mapping[Level, str]
    level_ink: Mapping[Level, str]
    level_text: Mapping[Level, str]


_INK = "#0C1214"
_DARK_LEVELS = {Level.RED: "#FF5147", Level.ORANGE: "#FF9233", Level.YELLOW: "#F6CB3C", Level.BLUE: "#5FA8F5"}
_LIGHT_LEVELS = {Level.RED: "#C4261D", Level.ORANGE: "#E07A12", Level.YELLOW: "#F0BE22", Level.BLUE: "#2569B5"}

_DARK = Palette(
    ground="#0C1214",
    card="#12191C",
    t1="#EDF1EE",
    t2="#B3BFBE",
    t3="#84939A",
    line="#27343A",
    line2="#3A4A50",
    acc="#86D0BB",
    acc2="#4E9C89",
    accd="#24504A",
    nodata="#3A4347",
    stale_line="#5E6C72",
    stale_ground="#182124",
    usual="#1B2528",
    track="#1A2326",
    ramp=("#1D2F33", "#254848", "#30665F", "#479080", "#83CDB8"),
    ramp_ink=("#EDF1EE", "#EDF1EE", "#EDF1EE", _INK, _INK),
    level=MappingProxyType(_DARK_LEVELS),
    level_ink=MappingProxyType(dict.fromkeys(Level, _INK)),
    level_text=MappingProxyType(_DARK_LEVELS),
)
_LIGHT = Palette(
    ground="#F5F3EC",
    card="#FDFCF8",
    t1="#172023",
    t2="#4A575A",
    t3="#66716F",
    line="#DAD6CA",
    line2="#B9B4A5",
    acc="#1C6E5D",
    acc2="#5D9F8F",
    accd="#CFE2DB",
    nodata="#D6D5CF",
    stale_line="#A8A594",
    stale_ground="#ECE9DF",
    usual="#E8E5DA",
    track="#E8E5DA",
    ramp=("#E4ECE5", "#BCD8CE", "#86B9AB", "#458D7C", "#1C5F51"),
    ramp_ink=("#172023", "#172023", "#172023", "#FDFCF8", "#FDFCF8"),
    level=MappingProxyType(_LIGHT_LEVELS),
    level_ink=MappingProxyType(
        {Level.RED: "#FDFCF8", Level.ORANGE: "#172023", Level.YELLOW: "#172023", Level.BLUE: "#FDFCF8"}
    ),
    level_text=MappingProxyType({**_LIGHT_LEVELS, Level.ORANGE: "#172023", Level.YELLOW: "#172023"}),
)


def palette(theme: Theme) -> Palette:
    return _LIGHT if theme is Theme.LIGHT else _DARK


def live_colour(view: View) -> str:
    """The one live series: accent, or grey once the data is stale."""
    colours = palette(view.theme)
    return colours.t3 if view.face is Face.STALE else colours.acc


def axis_px(screen: Screen) -> int:
    """Type size of axes and chart labels."""
    return 15 if screen is Screen.SMALL else 16
