"""What conventions brought that is no reading: counted by name, told in feed health, never a dead letter."""

import threading
from collections import Counter

_NAMES = 500  # counted apart; a stranger can invent any number
_NAMED = 5  # of each sort told in the note


class Tally:
    """Counted by one thread, told by another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unread: Counter[str] = Counter()
        self._gaps: Counter[str] = Counter()
        self._retained = 0

    def unread(self, name: str) -> None:
        """A value of a property that no metric of the city stands for."""
        with self._lock:
            _count(self._unread, name)

    def gap(self, name: str) -> None:
        """Something known to be missing."""
        with self._lock:
            _count(self._gaps, name)

    def retained(self) -> None:
        """Values that the broker kept, which are old."""
        with self._lock:
            self._retained += 1

    @property
    def note(self) -> str:
        """For feed health; "" when there is nothing to say."""
        with self._lock:
            unread, gaps = self._unread.total(), self._gaps.total()
            told = [f"{name} {n}" for name, n in (*self._gaps.most_common(_NAMED), *self._unread.most_common(_NAMED))]
            counts = f"unread={unread} retained={self._retained} gaps={gaps}"
            if not (unread or gaps or self._retained):
                return ""
        return f"note.conventions {counts}" + (f": {', '.join(told)}" if told else "")


def plain(text: str) -> str:
    """Names of strangers, for a note or a dead letter: what could be taken for anything else is left out."""
    return "".join(c for c in text[:48] if c.isalnum() or c in "_.:-/%°µ³ ") or "?"


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < _NAMES else "others"] += 1
