"""What the parts of a city pack say against each other: ids that stand twice or point nowhere."""

from collections.abc import Iterator, Mapping

from brain.model.area import AreaTree
from brain.model.indicator import IndicatorDef
from brain.settings.city_pack import CategoryPart, CityPack
from brain.settings.lines import Document
from brain.settings.problem import Problem


def problem_at(document: Document, path: list[str | int], message: str, hint: str) -> Problem:
    return Problem(document.file, document.line_of(path), ".".join(map(str, path)), message, hint)


def inner_problems(pack: CityPack, document: Document) -> Iterator[Problem]:
    """What city.yaml says against itself."""
    units: set[str] = set()
    for number, unit in enumerate(pack.units):
        if unit.id in units:
            yield problem_at(
                document, ["units", number, "id"], f"{unit.id!r} stands twice", "give each unit its own id"
            )
        units.add(unit.id)
    yield from _category_problems(pack.categories, units, ["categories"], document)


def _category_problems(
    parts: tuple[CategoryPart, ...], units: set[str], path: list[str | int], document: Document
) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, part in enumerate(parts):
        at = [*path, number]
        if part.id in seen:
            yield problem_at(document, [*at, "id"], f"{part.id!r} stands twice here", "give each category its own id")
        if part.unit and part.unit not in units:
            yield problem_at(document, [*at, "unit"], f"{part.unit!r} is unknown", "an id of units")
        seen.add(part.id)
        yield from _category_problems(part.items, units, [*at, "items"], document)


def tree_problems(pack: CityPack, tree: AreaTree, document: Document) -> Iterator[Problem]:
    if tree.root.id != pack.root:
        message = f"{pack.root!r} is not the topmost area of areas.geojson"
        yield problem_at(document, ["root"], message, f'that is "{tree.root.id}"')
    for number, area_id in enumerate(pack.map.inset.areas if pack.map.inset else ()):
        if area_id not in tree:
            yield problem_at(
                document, ["map", "inset", "areas", number], f"{area_id!r} is no area", "see areas.geojson"
            )


def headline_problems(pack: CityPack, indicators: Mapping[str, IndicatorDef], document: Document) -> Iterator[Problem]:
    for number, entry in enumerate(pack.headline):
        wanted = [("indicator", entry.indicator), *(("with", companion) for companion in entry.companions)]
        for key, indicator_id in wanted:
            if indicator_id not in indicators:
                hint = "an indicator of figures.csv"
                yield problem_at(document, ["headline", number, key], f"{indicator_id!r} is unknown", hint)
