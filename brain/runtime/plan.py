"""What a city is run from: everything read and checked, nothing open or running yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from brain.model.facts import Facts
from brain.runtime.discover import FeedModule
from brain.settings.city import City
from brain.settings.feed_entry import FeedEntry
from brain.settings.reader import Settings


class CannotStart(Exception):
    """One clear line why the program does not start."""


class HeldByAnother(CannotStart):
    """Another process lives that does what only one may do."""


@dataclass(frozen=True)
class CityPlan:
    settings: Settings
    city: City
    facts: Facts
    modules: Mapping[str, FeedModule]

    @property
    def folder(self) -> Path:
        """Of the embedded database and of made secrets."""
        return self.settings.folder / self.settings.config.store.folder

    def with_history(self, days: int) -> Self:
        """The plan with so many days of simulated past. Raises CannotStart where no feed makes one up, or not so
        long."""
        feeds = self.settings.feeds
        makers = [e for e in feeds if e.settings.enabled and "history_days" in type(e.settings).model_fields]
        if not makers:
            raise CannotStart("--history is for a simulated city, and none runs here (see feeds.demo_city)")
        entries = tuple(_longer(entry, days) if entry in makers else entry for entry in feeds)
        return replace(self, settings=replace(self.settings, feeds=entries))


def _longer(entry: FeedEntry, days: int) -> FeedEntry:
    given = {name: getattr(entry.settings, name) for name in entry.settings.model_fields_set}
    try:
        return replace(entry, settings=type(entry.settings).model_validate({**given, "history_days": days}))
    except ValidationError as error:
        raise CannotStart(f"--history {days}d: {error.errors()[0]['msg']}") from error
