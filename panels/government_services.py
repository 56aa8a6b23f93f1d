"""Government services as published: visits to the halls, items online, satisfaction, whatever the city counts."""

from dashboard.kit import figurelist

PANEL = figurelist.panel("service")
