"""Acts of people as one transaction with its row in the audit trail, which also a refused act leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from brain.model.scope import Forbidden, Scope
from brain.store.audit import Deed, Result, by, record
from brain.store.engine import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts, from which address and when: `now_ms` is city time, `real_ms` real time."""

    scope: Scope
    address: str
    now_ms: int
    real_ms: int

    def deed(self, action: str, target: str, result: Result, detail: str) -> Deed:
        return by(self.scope, action, target, result, self.real_ms, self.now_ms, address=self.address, detail=detail)


def carry_out(store: Store, doing: Doing, action: str, target: str, work: Callable[[Connection], tuple[T, str]]) -> T:
    """The answer of `work(conn)`, which also says the detail for the trail. Raises what it raises: Forbidden,
    LookupError and ValueError after they are written down, for which `work` must raise before it writes."""

    def both(conn: Connection) -> Any:
        outcome: Any
        try:
            outcome, detail = work(conn)
            result = Result.DONE
        except Forbidden as refusal:
            outcome, result, detail = refusal, Result.FORBIDDEN, str(refusal)
        except LookupError as refusal:
            outcome, result, detail = refusal, Result.UNKNOWN, ""
        except ValueError as refusal:
            outcome, result, detail = refusal, Result.FAILED, str(refusal)
        record(conn, doing.deed(action, target, result, detail))
        return outcome

    outcome = store.write(both, people=True).result()
    if isinstance(outcome, Exception):
        raise outcome
    answer: T = outcome
    return answer
