"""What of a table would count again when it is read whole again: rows that were refused, and rows of a ticket that a
later row of the same table overtook. The store absorbs everything else. A row that lies ahead of the city's clock is
refused once, and handed on again when its time has come.

Kept beside the mark of the file as digests of what the rows say, not of where they stand: eight bytes a row, of at most
MOST rows a file. Beyond that, and in a CSV file that first grew and then changed at its beginning, rows count again.
"""

import hashlib
from base64 import b64decode, b64encode
from binascii import Error
from collections import Counter
from collections.abc import Iterable, Iterator

from brain.feed import Item, Rejected
from brain.model.case import Ticket
from feeds.payloads.ticket_rows import Row, TicketRows

MOST = 10_000
_SIZE = 8


class RowMemory:
    """`known`: what `dump` gave after the last reading. `whole`: this reading begins at the first row; one that goes on
    where the last ended skips nothing and adds to what is known. `latest_ms`: what is later is refused for now;
    `ahead_ms` tells afterwards by how much the least of such rows lay beyond it, 0: there was none."""

    def __init__(self, known: str = "", *, whole: bool = True, latest_ms: int | None = None) -> None:
        before = _digests(known)
        self._known = frozenset(before if whole else ())
        self._kept: list[bytes] = [] if whole else before
        self._times: Counter[bytes] = Counter()
        self._newest: dict[str, bytes] = {}
        self._latest_ms = latest_ms
        self.ahead_ms = 0

    def tickets(self, rows: Iterable[Row | Rejected], reader: TicketRows) -> Iterator[Item]:
        """The tickets and refusals of the rows, without those that were told before."""
        for row in rows:
            item = row if isinstance(row, Rejected) else reader.read(row)
            if isinstance(row, Rejected) or isinstance(item, Rejected):
                yield from self.refusals([item])
                continue
            said = repr(row.cells).encode("utf-8", "surrogatepass")
            if self._lies_ahead(item):
                yield from self._once(item, self._digest("ahead", said))
                continue
            digest = self._digest("ticket", said)
            if (overtaken := self._newest.get(item.number)) is not None:
                self._kept.append(overtaken)
            self._newest[item.number] = digest
            if digest not in self._known:
                yield item

    def refusals(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items without the refusals that were told before."""
        for item in items:
            if isinstance(item, Rejected):
                said = item.detail.encode("utf-8", "surrogatepass")
                yield from self._once(item, self._digest(item.reason, said, item.payload))
            else:
                yield item

    def _once(self, item: Item, digest: bytes) -> Iterator[Item]:
        self._kept.append(digest)
        if digest not in self._known:
            yield item

    def _lies_ahead(self, ticket: Ticket) -> bool:
        if self._latest_ms is None:
            return False
        newest_ms = max(ticket.created_ms, ticket.dispatched_ms or 0, ticket.closed_ms or 0)
        beyond_ms = newest_ms - self._latest_ms
        if beyond_ms <= 0:
            return False
        self.ahead_ms = min(self.ahead_ms or beyond_ms, beyond_ms)
        return True

    def dump(self) -> str:
        return b64encode(b"".join(self._kept[-MOST:])).decode()

    def _digest(self, kind: str, *said: bytes) -> bytes:
        """The second row that says the same is another one."""
        hashed = hashlib.blake2b(kind.encode(), digest_size=_SIZE)
        for part in said:
            hashed.update(b"\x1f" + part)
        same = hashed.digest()
        self._times[same] += 1
        hashed.update(str(self._times[same]).encode())
        return hashed.digest()


def _digests(known: str) -> list[bytes]:
    try:
        joined = b64decode(known)
    except (Error, ValueError):
        return []
    return [joined[i : i + _SIZE] for i in range(0, len(joined), _SIZE)]
