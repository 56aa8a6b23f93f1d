"""One question being answered: the query's circumstances, and `reply`, which finds the function for a query's type.

A file beside this one answers a query by registering a function of (query, ask): `@reply.register`. Nothing else
has to know of it.
"""

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, column, false, select, true, values
from sqlalchemy.sql.elements import SQLColumnExpression

from brain.model.facts import Facts
from brain.model.query.answer import Answer, Query
from brain.model.scope import Role, Scope

_IN_LIST = 200  # more areas than this are joined as rows, so that the statement stays short and is planned once


@dataclass(frozen=True, slots=True)
class Overruled:
    """What is the matter with all feeds at once, which their own rows cannot say: the database does not take it, or
    their process is gone."""

    status: str
    cause: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks, about which area, at which moment of city time (epoch ms). `area_id` is checked to be in the scope."""

    conn: Connection
    facts: Facts
    scope: Scope
    area_id: str
    now_ms: int
    real_ms: int = 0  # for what runs on real time: jobs, processes
    overruled: Overruled | None = None

    def inside(self, area: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Condition: the column's area is the asked one or below it."""
        if self.area_id == self.facts.tree.root.id:
            return true()
        ids = [found.id for found in self.facts.tree.descendants(self.area_id)]
        if len(ids) <= _IN_LIST:
            return area.in_(ids)
        rows = (
            values(column("area_id", String), name="inside").data([(area_id,) for area_id in ids]).cte("inside_areas")
        )
        return area.in_(select(rows.c.area_id))

    def own(self, unit: SQLColumnExpression[str]) -> ColumnElement[bool]:
        """Condition: a row of the column's unit may be listed to this viewer. Unit staff see their unit's alone, and
        nothing where no unit is known of them."""
        if not self._narrowed:
            return true()
        return unit == self.scope.unit if self.scope.unit else false()

    def owns(self, unit: str) -> bool:
        """The same of one row's unit."""
        return not self._narrowed or (bool(self.scope.unit) and unit == self.scope.unit)

    @property
    def _narrowed(self) -> bool:
        return self.scope.role is Role.UNIT or self.scope.unit is not None


@singledispatch
def reply(query: Query, ask: Ask) -> Answer[Any]:
    """Answer `query`. Raises TypeError for a query nobody answers."""
    raise TypeError(f"nothing answers {type(query).__name__}")
