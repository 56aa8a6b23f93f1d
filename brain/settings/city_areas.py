"""areas.geojson of a city pack: one feature per area, properties id, parent, level, name, name_en, short, population,
label, approximate; `"geometry": null` for an area without an outline of its own."""

from collections.abc import Mapping
from dataclasses import replace

from brain.model.area import Area, AreaErrors, AreaTree, Region
from brain.model.geojson import GeoFeature, read_geojson
from brain.model.geometry import label_point
from brain.settings.city_pack import CityPack
from brain.settings.problem import Problem


def read_areas(file: str, data: bytes, pack: CityPack) -> tuple[AreaTree | None, list[tuple[Problem, bool]]]:
    """The tree, and problems with whether each is only a warning."""
    features, geo = read_geojson(data, crs=pack.crs, expected=pack.bounds)
    found = [(Problem(file, None, _place(g.feature, g.id), g.message, g.hint), g.warning) for g in geo]
    areas: list[Area] = []
    polygons: dict[str, Region] = {}
    for feature in features:
        try:
            areas.append(_area(feature, pack))
        except ValueError as error:
            message, _, hint = str(error).partition(" | ")
            found.append((Problem(file, None, f"area {feature.id}", message, hint), False))
        if feature.region is not None:
            polygons[feature.id] = feature.region
    if not all(warning for _, warning in found):
        return None, found  # a tree with areas missing would only repeat the faults
    try:
        return _labelled(AreaTree(areas, polygons), polygons), found
    except AreaErrors as error:
        hint = "parent holds the id of the area above; null for the topmost"
        return None, found + [(Problem(file, None, f"area {i}", message, hint), False) for i, message in error.problems]


def _labelled(tree: AreaTree, polygons: Mapping[str, Region]) -> AreaTree:
    """Areas that are only the union of others get the middle of their label from it."""
    unions = {area.id: tree.polygon(area.id) for area in tree if area.centroid is None}
    middles = {area_id: label_point(region) for area_id, region in unions.items() if region is not None}
    if not middles:
        return tree
    return AreaTree([replace(area, centroid=middles.get(area.id, area.centroid)) for area in tree], polygons)


def _place(feature: int | None, area_id: str) -> str:
    return " ".join(part for part in (feature and f"feature {feature}", area_id and f"area {area_id}") if part)


def _area(feature: GeoFeature, pack: CityPack) -> Area:
    """Raises ValueError "what | what to do"."""
    given = feature.properties
    texts = {key: given.get(key) or "" for key in ("name", "name_en", "short", "level")}
    parent, population, label = given.get("parent"), given.get("population"), given.get("label")
    for key, text in texts.items():
        if not isinstance(text, str) or len(text) > 128 or (key in ("name", "name_en") and not text.strip()):
            raise ValueError(f"properties.{key} is {text!r} | give it a text of at most 128 characters")
    if texts["level"] not in pack.levels:
        raise ValueError(
            f"properties.level is {texts['level']!r} | one of levels in city.yaml: {', '.join(pack.levels)}"
        )
    if parent is not None and not isinstance(parent, str):
        raise ValueError(f"properties.parent is {parent!r} | the id of the area above in quotes; null for the topmost")
    if population is not None and (isinstance(population, bool) or not isinstance(population, int) or population < 0):
        raise ValueError(f"properties.population is {population!r} | a whole number, or null where not published")
    centroid = label_point(feature.region) if feature.region is not None else None
    if label is not None:
        if not (isinstance(label, list) and len(label) == 2 and all(isinstance(v, int | float) for v in label)):
            raise ValueError(f"properties.label is {label!r} | [lon, lat] of the middle of its label")
        centroid = (float(label[0]), float(label[1]))
    return Area(
        id=feature.id,
        parent_id=parent,
        level=texts["level"],
        name=texts["name"].strip(),
        name_en=texts["name_en"].strip(),
        centroid=centroid,
        population=population,
        short=texts["short"].strip(),
        approximate=given.get("approximate") is True,
    )
