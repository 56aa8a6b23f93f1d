"""Data of the city as published: records collected, systems connected, exchanges, e-licences issued and used."""

from dashboard.kit import figurelist

PANEL = figurelist.panel("data")
