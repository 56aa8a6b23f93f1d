"""Which column of a table is what of a ticket: the `columns` stanza of config.yaml and the words its cells use."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from brain.feed import AreaId, TicketState
from feeds.payloads.json_mapping import Stanza


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


ColumnNames = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
"""One column, or several whose texts are joined."""


class Columns(Stanza):
    """Names as in the header; for JSON also paths (location.lat). Left out: the table has no such column."""

    number: str = Field(min_length=1, description="Number of the ticket, unique in its channel.")
    created: str = Field(min_length=1, description="When it was received.")
    closed: str | None = Field(default=None, description="When it was closed; empty cells: it is open.")
    dispatched: str | None = Field(default=None, description="When it was sent to a unit.")
    due: str | None = Field(default=None, description="Its deadline, where the source sets one.")
    category: ColumnNames = Field(default=(), description="Category: an id of the city or free text.")
    title: ColumnNames = Field(default=(), description="Short text; shown after masking.")
    text: ColumnNames = Field(default=(), description="What was said; kept encrypted.")
    name: str | None = Field(default=None, description="Who called; kept encrypted.")
    phone: str | None = Field(default=None, description="Their number; kept encrypted.")
    id_number: str | None = Field(default=None, description="Their identity number; kept encrypted.")
    address: ColumnNames = Field(default=(), description="Exact place in words; kept encrypted.")
    lon: str | None = Field(default=None, description="Longitude, degrees.")
    lat: str | None = Field(default=None, description="Latitude, degrees.")
    area_code: str | None = Field(default=None, description="Area id of the city; leading zeros count.")
    area_name: str | None = Field(default=None, description="Name of the area.")
    state: str | None = Field(default=None, description="State, translated by `states`.")
    unit: str | None = Field(default=None, description="Unit that handles it.")
    urgent: str | None = Field(default=None, description="Whether it is urgent, by `urgent_words`.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.category or self.title or self.text):
            raise ValueError("columns needs at least one of category, title, text | name the column with the matter")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together | give both or neither")
        return self

    def all_names(self) -> tuple[str, ...]:
        """Every column named, in the order of the fields."""
        named: list[str] = []
        for value in self.model_dump().values():
            named += [value] if isinstance(value, str) else value or ()
        return tuple(dict.fromkeys(named))


class TicketWords(Stanza):
    """What cells say, in words of the source."""

    states: dict[str, TicketState] = Field(default={}, description="State of the source -> state of the ticket.")
    open_state: TicketState = Field(default="received", description="State of a ticket without one, while it is open.")
    dispatched_state: TicketState = Field(
        default="dispatched", description="State of one without state that was dispatched."
    )
    closed_state: TicketState = Field(
        default="closed", description="State of one without state that has a closing time."
    )
    urgent_words: tuple[str, ...] = Field(
        default=("1", "true", "yes", "y", "urgent", "是", "紧急"), description="Cells that mean urgent, in any case."
    )
    areas: dict[str, AreaId] = Field(default={}, description="Area as the source writes it -> area id of the city.")
    unknown_area: Literal["refuse", "city"] = Field(
        default="refuse", description="A named area nobody knows: refuse the row, or count it to the whole city."
    )
