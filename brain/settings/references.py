"""What one part of config.yaml names and another lacks. It goes by the file as written, so that a mistake elsewhere in
the same section hides none of these."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Protocol

from brain.feed import Of
from brain.model.ticket_type import ticket_type
from brain.settings.cockpits import OWN_PAGES, SCREENS, is_grid_place
from brain.settings.feed_entry import FeedEntry
from brain.settings.feed_names import KeyPath, names_in

Trouble = tuple[KeyPath, str, str]
"""Key path, message, hint."""


class Optioned(Protocol):
    """What is known of a panel: its options with their defaults, which of them hold ids of a section of the config
    (option -> section), and of what one thing it is, "" of none."""

    @property
    def options(self) -> Mapping[str, Any]: ...
    @property
    def ids(self) -> Mapping[str, str]: ...
    @property
    def of(self) -> str: ...


def verify_references(
    data: Mapping[str, Any], entries: Sequence[FeedEntry], panels: Mapping[str, Optioned]
) -> Iterator[Trouble]:
    """`data` is the whole file, whatever it holds; `entries` are the feeds that could be read."""
    yield from _rules(data)
    yield from _feeds(data, entries)
    yield from _placements(data, panels)
    yield from _servers(data)
    yield from _kept_kinds(data)


def keys_of(data: Any, name: str) -> Mapping[str, Any]:
    """A section of keys; empty where it is none."""
    section = data.get(name) if isinstance(data, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def _rules(data: Mapping[str, Any]) -> Iterator[Trouble]:
    case_types = {"ticket": ticket_type()}
    for rule_id, rule in keys_of(data, "rules").items():
        path = ("rules", rule_id)
        for key, section, what in (("metric", "metrics", "metric"), ("device_kind", "device_kinds", "device kind")):
            name = keys_of({"rule": rule}, "rule").get(key)
            if isinstance(name, str) and name not in keys_of(data, section):
                yield (*path, key), f"{what} {name} is not defined", _defined(name, section, data)
        if not isinstance(rule, Mapping) or not isinstance(rule.get("case_type"), str):
            continue
        case_type = case_types.get(rule["case_type"])
        if case_type is None:
            hint = f"known: {', '.join(case_types)}"
            yield (*path, "case_type"), f"there is no case type {rule['case_type']}", hint
            continue
        clocks = sorted({clock.id for clock in (*case_type.clocks, *case_type.urgent_clocks)})
        if isinstance(rule.get("clock"), str) and rule["clock"] not in clocks:
            yield (*path, "clock"), f"{case_type.id} has no clock {rule['clock']}", f"clocks: {', '.join(clocks)}"


def _feeds(data: Mapping[str, Any], entries: Sequence[FeedEntry]) -> Iterator[Trouble]:
    states = ticket_type().states
    metrics = keys_of(data, "metrics")
    kinds = {keys_of({"rule": rule}, "rule").get("event_kind") for rule in keys_of(data, "rules").values()}
    for entry in entries:
        for path, what, name in names_in(entry.settings):
            if what is Of.METRIC and name not in metrics:
                yield ("feeds", entry.name, *path), f"metric {name} is not defined", _defined(name, "metrics", data)
            if what is Of.EVENT_KIND and name not in kinds:
                hint = f"add a rule of kind event with event_kind: {name}"
                yield ("feeds", entry.name, *path), f"no rule asks for events {name}", hint
            if what is Of.TICKET_STATE and name not in states:
                yield ("feeds", entry.name, *path), f"a ticket has no state {name}", f"states: {', '.join(states)}"


def _placements(data: Mapping[str, Any], panels: Mapping[str, Optioned]) -> Iterator[Trouble]:
    for cockpit_id, cockpit in keys_of(data, "cockpits").items():
        if cockpit_id in OWN_PAGES:
            yield ("cockpits", cockpit_id), f"{cockpit_id} is a page of the program's own", "choose another id"
        for screen in SCREENS:
            for page_id, page in keys_of(cockpit, screen).items():
                places = page.get("panels") if isinstance(page, Mapping) else None
                for number, place in enumerate(places if isinstance(places, list) else ()):
                    if isinstance(place, Mapping):
                        path = ("cockpits", cockpit_id, screen, page_id, "panels", number)
                        yield from _grid(path, screen, place)
                        yield from _panel(path, place, panels, data)


def _grid(path: KeyPath, screen: str, place: Mapping[str, Any]) -> Iterator[Trouble]:
    for axis, names in SCREENS[screen].items():
        said = place.get(axis)
        if isinstance(said, str) and not is_grid_place(said, names):
            known = f"names of {screen}: {', '.join(names)}; " if names else ""
            yield (*path, axis), f"the grid of {screen} has no {axis} {said!r}", f"{known}or a number, or empty"


def _panel(
    path: KeyPath, place: Mapping[str, Any], panels: Mapping[str, Optioned], data: Mapping[str, Any]
) -> Iterator[Trouble]:
    name = place.get("panel")
    if not isinstance(name, str):
        return
    if name not in panels:
        yield (*path, "panel"), f"there is no panel {name}", f"panels: {', '.join(sorted(panels))}"
        return
    panel = panels[name]
    if panel.of:
        yield (*path, "panel"), f"{name} is of one thing and stands on the page of that ({panel.of})", "remove it"
    for option, value in keys_of(place, "options").items():
        at = (*path, "options", option)
        if option not in panel.options:
            allowed = ", ".join(panel.options) or "it has none"
            yield at, f"the panel has no option {option}", f"options: {allowed}"
        elif trouble := _misfit(value, panel.options[option]):
            yield at, *trouble
        elif option in panel.ids:
            yield from _unknown(at, value, panel.options[option], panel.ids[option], data)


def _misfit(value: Any, default: Any) -> tuple[str, str] | None:
    if isinstance(default, StrEnum):
        choices = [choice.value for choice in type(default)]
        return None if value in choices else (f"{value!r} is no choice", f"one of {', '.join(choices)}")
    if isinstance(default, float):
        fits = isinstance(value, int | float) and not isinstance(value, bool)
    else:
        fits = isinstance(value, list) if isinstance(default, tuple) else type(value) is type(default)
    wanted = "list" if isinstance(default, tuple) else type(default).__name__
    shown = f"[{', '.join(default)}]" if isinstance(default, tuple) else repr(default)
    return None if fits else (f"expected {wanted}", f"for example {shown}")


def _unknown(at: KeyPath, value: Any, default: Any, section: str, data: Mapping[str, Any]) -> Iterator[Trouble]:
    """Ids that stand neither in the section nor in the default of the option."""
    usual = default if isinstance(default, tuple) else (default,)
    for name in value if isinstance(value, list) else [value]:
        if name not in usual and name not in keys_of(data, section):
            yield at, f"{name!r} is not defined", _defined(str(name), section, data)


def _defined(name: str, section: str, data: Mapping[str, Any]) -> str:
    """What to do about a name that is not in `section`: most are misspelt."""
    near = get_close_matches(name, [str(key) for key in keys_of(data, section)], n=1)
    return f"did you mean {near[0]}? or add it to {section}" if near else f"add it to {section}"


def _kept_kinds(data: Mapping[str, Any]) -> Iterator[Trouble]:
    for kind in keys_of(keys_of(data, "retention"), "kinds"):
        if kind not in keys_of(data, "device_kinds"):
            hint = _defined(kind, "device_kinds", data)
            yield ("retention", "kinds", kind), f"device kind {kind} is not defined", hint


def _servers(data: Mapping[str, Any]) -> Iterator[Trouble]:
    workers, url = keys_of(data, "server").get("workers"), keys_of(data, "store").get("url")
    if isinstance(workers, int) and workers > 1 and not str(url or "").startswith("postgresql"):
        yield ("server", "workers"), "several workers need PostgreSQL", "set store.url or workers: 1"
    broker = keys_of(data, "broker")
    if broker.get("embedded") is False and broker.get("port") == 0:
        yield ("broker", "port"), "an outside broker needs its port", "for example 1883 or 8883"
