"""Reads a city pack (a folder of cities/): city.yaml, areas.geojson, figures.csv -> a frozen City or every mistake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from brain.model.area import AreaTree
from brain.model.calendar import WorkCalendar
from brain.model.facts import Name
from brain.model.geometry import areas_as_geojson, bounds_of, hatches, span_m, water_lines
from brain.model.indicator import IndicatorDef, IndicatorValue
from brain.settings.city_areas import read_areas
from brain.settings.city_categories import Category, categories_of
from brain.settings.city_checks import headline_problems, inner_problems, problem_at, tree_problems
from brain.settings.city_figures import read_figures
from brain.settings.city_pack import CityPack
from brain.settings.explain import problems_of
from brain.settings.lines import read_document
from brain.settings.problem import Problem, SettingsError

YAML_FILE, AREAS_FILE, FIGURES_FILE = "city.yaml", "areas.geojson", "figures.csv"
SCREEN_BYTES = 60_000
_SCREEN_TOLERANCES = 24  # halvings of detail before giving up


@dataclass(frozen=True)
class City:
    """Everything a pack says. `warnings` were mended while reading; show them to whoever keeps the pack."""

    pack: CityPack
    tree: AreaTree
    calendar: WorkCalendar
    indicators: Mapping[str, IndicatorDef]
    values: tuple[IndicatorValue, ...]
    categories: Mapping[str, Category]
    warnings: tuple[Problem, ...] = ()

    @property
    def id(self) -> str:
        return self.pack.id

    @property
    def name(self) -> Name:
        return Name(self.pack.name, self.pack.name_en)

    @property
    def tz(self) -> str:
        return self.pack.tz

    @property
    def headline(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """(indicator id, ids of the companions in the line below), at most six."""
        return tuple((entry.indicator, entry.companions) for entry in self.pack.headline)

    @property
    def category_names(self) -> Mapping[str, Name]:
        return MappingProxyType({category.id: category.name for category in self.categories.values()})

    @property
    def duties(self) -> Mapping[str, str]:
        """Category id -> the unit whose duty it is, where the list names one."""
        return MappingProxyType({category.id: category.unit for category in self.categories.values() if category.unit})

    @property
    def unit_names(self) -> Mapping[str, Name]:
        """Departments and, as units of their own, the areas below the root (id = area id); short where there is one."""
        areas = {a.id: Name(a.label("zh"), a.label("en")) for a in self.tree if a.parent_id is not None}
        units = {u.id: Name(u.short or u.name, u.short_en or u.name_en) for u in self.pack.units}
        return MappingProxyType(areas | units)

    @property
    def source_name(self) -> Name | None:
        """The publication behind `values`."""
        return Name(self.pack.figures.source, self.pack.figures.source_en) if self.pack.figures else None


def load_city(folder: Path) -> City:
    """Raises SettingsError with every mistake found; a missing figures.csv is none (a city may publish nothing)."""
    shown = folder.name
    document = read_document(f"{shown}/{YAML_FILE}", _bytes(folder, YAML_FILE))
    try:
        pack = CityPack.model_validate(document.data)
    except ValidationError as error:
        raise SettingsError(problems_of(error, document, CityPack)) from None
    problems = list(inner_problems(pack, document))
    if pack.id != folder.name:
        problems.insert(
            0, problem_at(document, ["id"], f"{pack.id!r} is not the folder's name", f"write {folder.name}")
        )
    try:
        data = _bytes(folder, AREAS_FILE)
    except SettingsError as missing:
        raise SettingsError([*problems, *missing.problems]) from None
    tree, area_problems = read_areas(f"{shown}/{AREAS_FILE}", data, pack)
    warnings = [problem for problem, warning in area_problems if warning]
    problems += [problem for problem, warning in area_problems if not warning]
    if tree is None:
        raise SettingsError(problems)
    problems += tree_problems(pack, tree, document)
    indicators: Mapping[str, IndicatorDef] = {}
    values: tuple[IndicatorValue, ...] = ()
    if (folder / FIGURES_FILE).exists():
        figures = read_figures(f"{shown}/{FIGURES_FILE}", _bytes(folder, FIGURES_FILE), pack, tree)
        indicators, values = figures.indicators, figures.values
        problems += figures.problems
    problems += headline_problems(pack, indicators, document)
    if problems:
        raise SettingsError(problems)
    categories = {category.id: category for category in categories_of(pack.categories, None, "", ())}
    return City(
        pack=pack,
        tree=tree,
        calendar=pack.calendar.for_zone(pack.tz),
        indicators=MappingProxyType(dict(indicators)),
        values=values,
        categories=MappingProxyType(categories),
        warnings=tuple(warnings),
    )


def areas_for_screen(city: City, max_bytes: int = SCREEN_BYTES) -> dict[str, Any]:
    """A FeatureCollection of all areas, simplified together until its JSON holds in `max_bytes`. The caller caches it.

    Raises ValueError when even bare outlines are too many for that."""
    outline = city.tree.polygon(city.tree.root.id)
    tolerance_m = 0.0
    for step in range(_SCREEN_TOLERANCES):
        collection = areas_as_geojson(city.tree, tolerance_m)
        if len(json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()) <= max_bytes:
            return collection
        tolerance_m = (span_m(outline) if outline else 100_000.0) / 20_000 * 1.5**step
    raise ValueError(f"the areas of {city.id} do not fit into {max_bytes} bytes; show fewer levels")


def shapes_for_screen(city: City) -> dict[str, Any]:
    """All a map of the city needs, JSON-ready, positions [lon, lat]. The caller caches it.

    areas: FeatureCollection · water_lines: per step, nearest first, closed lines · hatch: area id -> segments ·
    labels: kind, text, text_en, lon, lat · inset: name, name_en, areas, scale, corner, bounds (or None) ·
    bounds: [west, south, east, north] of the root, None without outlines · approximate: whether to say 示意边界."""
    outline = city.tree.polygon(city.tree.root.id)
    inset = city.pack.map.inset
    framed = [region for i in inset.areas if (region := city.tree.polygon(i)) is not None] if inset else []
    return {
        "areas": areas_for_screen(city),
        "water_lines": water_lines(outline) if outline is not None else [],
        "hatch": hatches(city.tree),
        "labels": [label.model_dump() for label in city.pack.map.labels],
        "inset": {**inset.model_dump(mode="json"), "bounds": list(bounds_of(framed))} if inset and framed else None,
        "bounds": list(bounds_of([outline])) if outline is not None else None,
        "approximate": any(area.approximate for area in city.tree),
    }


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise SettingsError(
            [Problem(f"{folder.name}/{name}", None, "", reason, "a city pack needs this file")]
        ) from None
