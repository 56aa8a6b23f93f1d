"""The economy as published: what the city pack or a feed of the statistics office has, and nothing invented."""

from dashboard.kit import figurelist
from dashboard.panel import Panel

PANEL = Panel(
    build=figurelist.build,
    needs=figurelist.needs,
    sub=figurelist.sub,
    is_empty=figurelist.is_empty,
    rows=figurelist.rows,
    interval_s=5.0,
    options=figurelist.options("economy"),
)
