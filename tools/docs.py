"""docs/settings.md, made from the settings themselves: python -m tools.docs

Every key of config.yaml with its meaning, default and what it may be; of feeds and panels what is found in their
folders. A guard test says when the file is older than the settings.
"""

import argparse
import inspect
import sys
import types
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from brain.feed import FeedSettings
from brain.runtime.discover import FeedModule, discover
from brain.settings.root import Config
from dashboard.discover import discover_panels
from dashboard.panel import Panel

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "settings.md"

HEAD = """\
# Settings

Every key of `config.yaml`. This page is written by `python -m tools.docs` from the settings models; edit those.
`python app.py check` reads your file and names every mistake with its line. `<id>` is a name you choose; `[]` is an
entry of a list; `needed` is a key that must be written. Secrets may be `${NAME}` (from the environment) or
`${file:PATH}`.
"""
FEEDS = """
The name of a feed is its file in `feeds/`, or `<file>:<label>` to run one file several times. Paths are relative to
the config. These keys every feed has; the sections below give what each has beside them.
"""
PANELS = """
What `cockpits.<id>.<screen>.<page>.panels[].options` may hold, per panel.
"""
TABLE = "| key | meaning | default | may be |\n|---|---|---|---|"
# Panels declare the default of an option only.
OPTIONS: Mapping[str, str] = {
    "area_ranking.by": "`tickets` (of today, per 10,000 people), `on_time` (share closed in time) or `alerts` (open).",
    "area_ranking.days": "Days of the share closed in time, today included.",
    "area_ranking.limit": "Rows at most.",
    "area_ranking.min_n": "Fewer tickets due than this are not ranked by their share.",
    "area_ranking.target": "Share closed in time that is aimed at, in percent; 0: the city's published target, if any.",
    "category_ranking.days": "Days counted, today included.",
    "category_ranking.level": "Level of the duty list: `top`, `second` or `third`.",
    "category_ranking.limit": "Rows at most.",
    "city_map.colour": "`tickets`, or the id of a metric whose mean colours the areas.",
    "city_map.devices": "Whether devices are drawn.",
    "city_map.zoom_on_red": "Whether a red alert takes the map of a wall to its place.",
    "device_online.kinds": "Ids of device kinds; empty: all.",
    "device_online.rows": "Rows of kinds at most; 0: as many as the screen usually has room for.",
    "device_online.away": "Devices silent longest, at most; 0: as many as the screen usually has room for.",
    "device_history.before": "`yes`: also the stretch of the same length before; the address may choose.",
    "device_history.from": "First day, such as 2026-02-27, in place of `span`; the address may choose.",
    "device_history.metric": "Id of the metric drawn; empty: the first it has. The address may choose.",
    "device_history.span": "Days back from now; the address may choose.",
    "device_history.to": "Last day; empty: today. The address may choose.",
    "duty_staff.figures": "Ids of published figures of staff, shown above the posts.",
    "data_resources.domains": "Domains of the city pack whose indicators are shown, in their order.",
    "data_resources.indicators": "Ids of indicators in the order shown; empty: all of `domains`.",
    "data_resources.limit": "Rows on the wall at most; desk and phone show all.",
    "economy.domains": "Domains of the city pack whose indicators are shown, in their order.",
    "economy.indicators": "Ids of indicators in the order shown; empty: all of `domains`.",
    "economy.limit": "Rows on the wall at most; desk and phone show all.",
    "government_services.domains": "Domains of the city pack whose indicators are shown, in their order.",
    "government_services.indicators": "Ids of indicators in the order shown; empty: all of `domains`.",
    "government_services.limit": "Rows on the wall at most; desk and phone show all.",
    "environment.limit": "Rows at most.",
    "environment.metrics": "Ids of metrics in the order shown; empty: those that most devices measure.",
    "extranet_cloud.hosts": "Device kinds that are hosts.",
    "extranet_cloud.lines": "Device kinds that are lines.",
    "extranet_cloud.metrics": "Ids of the metrics of load, in the order shown.",
    "extranet_cloud.up_metric": "Metric by which a line says that it is up (at least 0.5).",
    "video_points.kinds": "Device kinds that are cameras.",
    "video_points.up_metric": "Metric by which a camera says that it delivers a picture (at least 0.5).",
    "hotline_today.compare": "Day compared with: `week`, `yesterday`, `year`, `none`; the address may choose.",
    "hotline_trend.compare": "Days compared with: `week`, `yesterday`, `year`, `none`; the address may choose.",
    "hotline_trend.days": "Days shown, today included; the address may choose.",
    "weather.metrics": "Ids of metrics of the weather, in the order shown; those without a fresh device are left out.",
    "weather_line.metrics": "The same for the line in the band; at most three.",
    "towns_day.limit": "Towns shown at most, those with most first.",
    "unit_performance.days": "Days counted, today included.",
    "unit_performance.limit": "Units shown at most, those with most tickets.",
    "unit_performance.min_n": "Units with fewer tickets due than this are not ranked.",
    "unit_performance.target": "Share aimed at, in percent; 0: the city's published target, if there is one.",
}


def page() -> str:
    """The whole page."""
    feeds = discover(ROOT / "feeds", "feeds")
    panels = discover_panels(ROOT / "panels", "panels")
    return "\n".join([HEAD, *_sections(feeds), *_panels(panels)]) + "\n"


def keys(model: type[BaseModel], prefix: str, seen: dict[type, str]) -> Iterator[tuple[str, FieldInfo, str]]:
    """(dotted key, field, where its own keys stand already) of a model and of the models within it, each once."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner, step = _inner(field.annotation)
        yield key, field, seen.get(inner, "") if inner else ""
        if inner is not None and inner not in seen:
            seen[inner] = key
            yield from keys(inner, f"{key}{step}.", seen)


def _sections(feeds: Mapping[str, FeedModule]) -> Iterator[str]:
    sections = Config.model_fields
    plain = [name for name, field in sections.items() if _inner(field.annotation)[0] is None and name != "feeds"]
    yield f"## Top\n\n{TABLE}"
    yield from (_row(name, sections[name]) for name in plain)
    for name, field in sections.items():
        inner, step = _inner(field.annotation)
        if name == "feeds":
            yield from _feeds(feeds)
        elif inner is not None:
            yield f"\n## `{name}`\n\n{field.description}\n\n{TABLE}"
            yield from (_row(*found) for found in keys(inner, f"{name}{step}.", {}))


def _feeds(feeds: Mapping[str, FeedModule]) -> Iterator[str]:
    yield f"\n## `feeds`\n{FEEDS}\n{TABLE}"
    yield from (_row(f"feeds.<name>.{name}", field) for name, field in FeedSettings.model_fields.items())
    for slug, module in feeds.items():
        yield f"\n### `{slug}`\n\n{_first(module)} Brings {module.INPUT}; {_MODES[module.MODE]}.\n\n{TABLE}"
        for key, field, known in keys(module.Settings, "", {}):
            common = FeedSettings.model_fields.get(key)
            if common is None or common.default != field.default:
                yield _row(f"feeds.{slug}.{key}", field, known and f"feeds.{slug}.{known}")


_MODES = {
    "pull": "asked each `every_s`",
    "subscribe": "connected all the time",
    "push": "sent to `/in/<feed>`",
}


def _panels(panels: Mapping[str, Panel]) -> Iterator[str]:
    yield f"\n## Options of panels\n{PANELS}\n| panel | option | meaning | default |\n|---|---|---|---|"
    for slug, panel in panels.items():
        for name, default in panel.options.items() or [("", None)]:
            if name:
                meaning = OPTIONS[f"{slug}.{name}"]
                yield f"| `{slug}` | `{name}` | {meaning} | {_shown(default)} |"
            else:
                yield f"| `{slug}` | none | | |"


def _row(key: str, field: FieldInfo, known: str = "") -> str:
    default = "needed" if field.is_required() else _shown(field.get_default(call_default_factory=True))
    meaning = (field.description or "").replace("<", "&lt;") + (f" Keys as in `{known}`." if known else "")
    cells = (f"`{key}`", meaning, default, _allowed(field.annotation, field.metadata))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _first(thing: Any) -> str:
    """The first paragraph of what it says about itself, on one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """The model within an annotation and how it is reached: "", "[]" or ".<id>"."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    origin, given = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _inner(given[0])
    if origin is tuple:
        return _inner(given[0])[0], "[]"
    if origin is dict:
        return _inner(given[1])[0], ".<id>"
    if origin in (Union, types.UnionType):
        return next(((found, step) for part in given for found, step in [_inner(part)] if found), (None, ""))
    return None, ""


def _shown(default: Any) -> str:
    if isinstance(default, BaseModel) or default is None:
        return "none" if default is None else "as below"
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    if isinstance(default, tuple):
        return f"`[{', '.join(str(part) for part in default)}]`"
    if isinstance(default, str | Path):
        return f"`{default}`" if str(default) else "empty"
    return f"`{default}`"


_WORDS: Mapping[Any, str] = {
    bool: "true, false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "text",
    datetime: "time with zone",
    Any: "anything",
}


def _allowed(annotation: Any, metadata: list[Any]) -> str:
    limits = [limit for note in metadata for limit in _limits(note, annotation)]
    return ", ".join([_kind(annotation), *limits])


def _kind(annotation: Any) -> str:
    origin, given = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(given[0])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in given)
    if origin is tuple:
        return f"list of {_kind(given[0])}"
    if origin is dict:
        return "keys" if _inner(given[1])[0] or given[1] is Any else f"{_kind(given[0])}: {_kind(given[1])}"
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(part) for part in given if part is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(f"`{choice.value}`" for choice in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys"
    return _WORDS.get(annotation, "keys")


def _limits(note: Any, annotation: Any) -> Iterator[str]:
    signs = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))
    yield from (f"{sign} {getattr(note, name)}" for kind, name, sign in signs if isinstance(note, kind))
    if pattern := getattr(note, "pattern", None):
        yield f"like `{pattern}`"
    of = "characters" if annotation is str else "entries"
    if isinstance(note, MinLen) and note.min_length:
        yield f"≥ {note.min_length} {of}"
    if isinstance(note, MaxLen):
        yield f"≤ {note.max_length} {of}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Writes docs/settings.md anew.")
    parser.parse_args(arguments)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
