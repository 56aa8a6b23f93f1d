"""One line of the fault table."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("fault", "sent", "acknowledged", "stored", "lost", "doubled", "back after", "seen after", "beside it", "")


@dataclass(frozen=True, slots=True)
class FaultRow:
    """What was sent by the publisher, acknowledged by the broker (or, without one, taken), stored; of what had to be
    kept: `lost` and `doubled`. `back_s` is how long after the fault was over all was stored, `seen_s` how long after it
    began feed health said so. None: nothing to be told of it. `within` are the most that `back_s` and `seen_s` may be.

    `beside` is told and not judged, such as what the broker itself lost; `broken` are targets missed, in words;
    `skipped` is why there is nothing.
    """

    name: str
    sent: int | None = None
    acknowledged: int | None = None
    stored: int | None = None
    lost: int | None = None
    doubled: int | None = None
    back_s: float | None = None
    seen_s: float | None = None
    within: tuple[float | None, float | None] = (None, None)
    beside: str = ""
    broken: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def missed(self) -> tuple[str, ...]:
        """The targets that are not reached."""
        found = [f"{n} {what}" for what, n in (("lost", self.lost), ("doubled", self.doubled)) if n]
        told = (("back", self.back_s), ("seen on feed health", self.seen_s))
        for (what, took_s), most_s in zip(told, self.within, strict=True):
            if most_s is not None and (took_s is None or took_s > most_s):
                found.append(f"not {what} within {most_s:g} s")
        return (*found, *self.broken)

    def cells(self) -> tuple[str, ...]:
        """In the order of HEAD."""
        counts = (self.sent, self.acknowledged, self.stored, self.lost, self.doubled)
        numbers = ("" if n is None else f"{n:,}" for n in counts)
        times = ("" if took_s is None else f"{took_s:.1f} s" for took_s in (self.back_s, self.seen_s))
        verdict = f"MISSED: {'; '.join(self.missed)}" if self.missed else "reached"
        return (self.name, *numbers, *times, self.beside, f"skipped: {self.skipped}" if self.skipped else verdict)


def plain(row: FaultRow) -> str:
    """One line a row, printed when it is done: widths are not known before the end."""
    cells = zip(HEAD, row.cells(), strict=True)
    return " | ".join(f"{name} {cell}".strip() if name != "fault" else cell for name, cell in cells if cell)


def markdown(rows: Sequence[FaultRow]) -> str:
    lines = [HEAD, tuple("---" for _ in HEAD), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
