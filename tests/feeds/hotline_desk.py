"""What the tests of the table of tickets share: settings, files as they are written, a feed that is pulled."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from brain.model.case import Ticket
from feeds.hotline_table import Settings, run
from tests.feeds.desk import Desk

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "hotline_table"
STATED = json.loads((FOLDER / "settings.json").read_text(encoding="utf-8"))
PLAIN = {"number": "no", "created": "at", "closed": "closed", "text": "text"}


def settings_for(path: Path) -> Settings:
    return Settings.model_validate(STATED["base"] | STATED["changes"].get(path.name, {}) | {"files": path})


def plain(path: Path, **changes: Any) -> Settings:
    return Settings.model_validate({"files": path, "columns": PLAIN} | changes)


def read(stanza: Settings, desk: Desk) -> list[Ticket]:
    """Pull until nothing is held back; the new tickets."""
    before = len(desk.tickets)
    run(stanza, desk.context("hotline_table"))
    run(stanza, desk.context("hotline_table"))
    return desk.tickets[before:]


def numbers(tickets: Sequence[Ticket]) -> list[str]:
    return [ticket.number for ticket in tickets]


HEADER = "no,at,closed,text\n"


def line(number: int, closed: str = "", text: str = "x") -> str:
    return f'{number},2026-02-27 08:00,{closed},"{text}"\n'


def touch(path: Path, content: str) -> None:
    """Write, and make sure that the change can be seen on any file system."""
    path.write_text(content, encoding="utf-8")
    before = path.stat().st_mtime_ns
    os.utime(path, ns=(before, before + len(content) + 1))
