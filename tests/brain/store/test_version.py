"""Version counters: where they stand and when they grow."""

from sqlalchemy import Connection, select

from brain.store import schema
from brain.store.engine import Store, open_store
from brain.store.version import VersionBoard, bump, bump_everywhere, read_versions, version_area
from tests.small_city import CITY, TOWNS, VILLAGES, small_tree


def test_a_village_follows_its_town() -> None:
    tree = small_tree()
    assert [version_area(tree, area) for area in (VILLAGES[0], TOWNS[0], CITY)] == [TOWNS[0], TOWNS[0], CITY]


def test_a_change_counts_once_for_the_area_and_all_above(store: Store) -> None:
    def work(conn: Connection) -> None:
        bump(conn, small_tree(), [("readings", VILLAGES[0]), ("readings", TOWNS[0]), ("readings", TOWNS[1])])
        bump(conn, small_tree(), [("readings", VILLAGES[1]), ("alerts", CITY)])

    store.write(work).result()
    expected = {("readings", TOWNS[0]): 1, ("readings", TOWNS[1]): 1, ("readings", CITY): 1, ("alerts", CITY): 1}
    assert store.versions() == expected
    with store.read() as conn:
        assert read_versions(conn) == expected
    store.write(lambda conn: bump(conn, small_tree(), [("readings", TOWNS[2])])).result()
    assert store.versions() == expected | {("readings", TOWNS[2]): 1, ("readings", CITY): 2}


def test_what_lies_in_an_area_that_the_city_dropped_counts_for_the_city(store: Store) -> None:
    store.write(lambda conn: bump(conn, small_tree(), [("alerts", "of an older city pack")])).result()
    assert store.versions() == {("alerts", CITY): 1}


def test_what_belongs_to_no_area_changes_everywhere(store: Store) -> None:
    store.write(lambda conn: bump_everywhere(conn, small_tree(), "feeds")).result()
    assert store.versions() == {("feeds", area): 1 for area in (CITY, *TOWNS)}


def test_rows_carry_real_time(sqlite_url: str) -> None:
    with open_store(sqlite_url, real_ms=lambda: 1234) as store:
        store.write(lambda conn: bump(conn, small_tree(), [("feeds", CITY)])).result()
        with store.read() as conn:
            assert conn.scalar(select(schema.version.c.changed_ms)) == 1234


def test_the_board_tells_only_what_is_newer() -> None:
    board = VersionBoard()
    heard: list[object] = []
    board.subscribe(heard.append)
    board.publish({("alerts", CITY): 5, ("feeds", CITY): 1})
    board.publish({("alerts", CITY): 4, ("feeds", CITY): 1})
    board.publish({("alerts", CITY): 6, ("feeds", CITY): 1})
    assert heard == [{("alerts", CITY): 5, ("feeds", CITY): 1}, {("alerts", CITY): 6}]
    assert board.versions() == {("alerts", CITY): 6, ("feeds", CITY): 1}
