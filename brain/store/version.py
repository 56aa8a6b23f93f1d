"""Versions: a counter per (input, area) that panels are cached by, raised in the transaction that changed the data."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection, select

from brain.model.area import AreaTree
from brain.store import schema
from brain.store.dialect import hint_commit, insert_into

Key = tuple[str, str]
"""(input, area id); inputs are readings, tickets, alerts, indicators, feeds, warnings, duty, register."""

Listener = Callable[[Mapping[Key, int]], None]

_NOTED = "versions"
_FINER_THAN_VERSIONS = ("village", "grid")

log = logging.getLogger(__name__)


def version_area(tree: AreaTree, area_id: str) -> str:
    """The area whose versions a screen of `area_id` follows: itself, or for a village or grid the town above.

    Versions stop at towns (镇街), so that a reading does not move thousands of rows. Raises KeyError.
    """
    line = tree.ancestors(area_id)
    return next((area.id for area in line if area.level not in _FINER_THAN_VERSIONS), line[-1].id)


def bump(conn: Connection, tree: AreaTree, changed: Iterable[Key]) -> None:
    """Note that the inputs of these areas, and so of all areas above them, changed in this transaction.

    What lies in an area that a newer city pack has dropped is shown as the city's, and so counts for the root. The
    store counts up the rows once, sorted, right before it commits: the root's rows are hot and shall be held short.
    """
    noted: set[Key] = conn.info.setdefault(_NOTED, set())
    for name, area_id in set(changed):
        key = (name, version_area(tree, area_id if area_id in tree else tree.root.id))
        if key not in noted:
            noted.update((name, area.id) for area in tree.ancestors(key[1]))


def bump_everywhere(conn: Connection, tree: AreaTree, name: str) -> None:
    """Note that an input changed which belongs to no area, such as the state of a feed: every screen shows it."""
    bump(conn, tree, ((name, area.id) for area in tree))


def start_noting(conn: Connection) -> None:
    """Forget what a failed transaction left on this connection."""
    conn.info.pop(_NOTED, None)


def count_up(conn: Connection, real_ms: int) -> dict[Key, int]:
    """Write what `bump` noted, in sorted order so that two transactions never wait for each other; the new counters."""
    noted: set[Key] = conn.info.pop(_NOTED, set())
    if not noted:
        return {}
    table = schema.version
    insert = insert_into(conn, table)
    counted = insert.on_conflict_do_update(
        index_elements=[table.c.input, table.c.area_id],
        set_={"n": table.c.n + 1, "changed_ms": insert.excluded.changed_ms},
    ).returning(table.c.input, table.c.area_id, table.c.n)
    rows = [{"input": name, "area_id": area_id, "n": 1, "changed_ms": real_ms} for name, area_id in sorted(noted)]
    answer = {(row.input, row.area_id): row.n for row in conn.execute(counted, rows)}
    hint_commit(conn)
    return answer


def read_versions(conn: Connection) -> dict[Key, int]:
    """All counters as committed."""
    table = schema.version
    return {(row.input, row.area_id): row.n for row in conn.execute(select(table.c.input, table.c.area_id, table.c.n))}


class VersionBoard:
    """The counters as this process knows them, and who wants to hear of changes. Counters only grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[Key, int] = {}
        self._listeners: list[Listener] = []

    def versions(self) -> dict[Key, int]:
        with self._lock:
            return dict(self._counters)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener` is called on the thread that committed and must be quick; the answer ends the subscription."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def publish(self, counters: Mapping[Key, int]) -> None:
        """Take over the counters that are newer than the known ones and tell the listeners those."""
        with self._lock:
            news = {key: n for key, n in counters.items() if n > self._counters.get(key, 0)}
            self._counters.update(news)
            listeners = tuple(self._listeners)
        if not news:
            return
        for listener in listeners:
            try:
                listener(news)
            except Exception:
                log.exception("a listener to changes failed")
