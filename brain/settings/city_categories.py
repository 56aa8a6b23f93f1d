"""The duty list of a city (ticket categories), flattened from its nested form."""

from collections.abc import Iterator
from dataclasses import dataclass

from brain.model.facts import Name
from brain.settings.city_pack import CategoryPart


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the duty list. `unit` (may be "") and `sensors` are its own or inherited; leaves get tickets."""

    id: str
    parent_id: str | None
    name: Name
    unit: str
    sensors: tuple[str, ...]
    leaf: bool


def categories_of(
    parts: tuple[CategoryPart, ...], parent_id: str | None, unit: str, sensors: tuple[str, ...]
) -> Iterator[Category]:
    for part in parts:
        category = Category(
            id=part.id if parent_id is None else f"{parent_id}.{part.id}",
            parent_id=parent_id,
            name=Name(part.name, part.name_en),
            unit=part.unit or unit,
            sensors=part.sensors or sensors,
            leaf=not part.items,
        )
        yield category
        yield from categories_of(part.items, category.id, category.unit, category.sensors)
