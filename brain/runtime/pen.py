"""Who may write what feeds bring: a process that was taken for dead and was not must not store behind its heir."""

from dataclasses import dataclass

from brain.store.connection import Connection
from brain.store.errors import StoreError
from brain.store.meta import hold, read_meta, write_meta


@dataclass(frozen=True, slots=True)
class Pen:
    """Who writes what `part` of the feeds brings: one at a time of all processes, or anybody where `holder` is "".
    `part` "" is what is not sharded."""

    part: str = ""
    holder: str = ""

    @property
    def key(self) -> str:
        """In the table meta: the holder, the token of the batch stored last, and what became of it."""
        return f"pen.{self.part}"


class PenTaken(StoreError):
    """Another process writes this part now: it was taken for dead here."""


def take_pen(conn: Connection, pen: Pen) -> None:
    """What a former holder is writing now is waited for; what it would write later is refused."""
    hold(conn, pen.key)
    write_meta(conn, pen.key, pen.holder)


def written_last(conn: Connection, pen: Pen) -> tuple[str, str]:
    """The token of the batch stored last, and what was said of it. Holds the pen until the transaction ends. Raises
    PenTaken."""
    hold(conn, pen.key)
    holder, token, told = [*(read_meta(conn, pen.key) or "").split(" ", 2), "", ""][:3]
    if pen.holder not in ("", holder):
        raise PenTaken("another process has taken over what this feed brings")
    return token, told
