"""The economy as published: what the city pack or a feed of the statistics office has, and nothing invented."""

from dashboard.kit import figurelist

PANEL = figurelist.panel("economy")
