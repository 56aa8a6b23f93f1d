"""Who is on duty."""

from dataclasses import dataclass
from typing import ClassVar

from brain.model.query.answer import Query


@dataclass(frozen=True, slots=True)
class DutyNow(Query):
    """The posts of the area, by unit and post, with who minds them now and who comes next.

    Answered with tuple[DutyPost, ...]; None when no feed brings rosters and none was ever stored."""

    inputs: ClassVar[tuple[str, ...]] = ("duty",)


@dataclass(frozen=True, slots=True)
class DutyPost:
    """A post that was minded within the last day, is now, or will be within the next.

    `people` mind it now: masked names, "" where the roster names none or the viewer may not know (walls; unit staff of
    another unit). `until_ms`: when the first of them leaves, None while nobody minds it. `next_ms`: when the next shift
    begins, None where the roster ends. `gap`: nobody minds it now, or nobody follows when the last one leaves."""

    unit: str
    unit_en: str
    post: str
    area_id: str
    people: tuple[str, ...]
    until_ms: int | None
    next_ms: int | None
    next_people: tuple[str, ...]
    gap: bool

    @property
    def minded(self) -> bool:
        return bool(self.people)
