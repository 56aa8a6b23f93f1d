"""Dead letters a page at a time, whatever the address asks for."""

import pytest

from brain.feed import Rejected
from brain.model.reason import Reason
from brain.model.scope import Forbidden, Role, Scope
from brain.store.engine import Store
from brain.store.read.desk_lists import list_audit, list_letters
from brain.store.seal import Seal
from brain.store.write.feeds import keep_rejected
from tests.small_city import CITY, TOWNS, small_tree

OPERATOR = Scope("li", Role.OPERATOR, CITY)
TREE = small_tree()


def keep(store: Store, *places: str) -> None:
    letters = [Rejected(Reason.MALFORMED, "not JSON", place, b"{") for place in places]
    store.write(lambda conn: keep_rejected(conn, "iot", letters, Seal(b"k" * 32), 1_000, 10)).result(30)


def test_pages_follow_each_other(store: Store) -> None:
    keep(store, "first", "second", "third")
    with store.read() as conn:
        newest = list_letters(conn, TREE, OPERATOR, "iot", None, 2)
        older = list_letters(conn, TREE, OPERATOR, "iot", newest[-1].id, 2)
    assert [[row.place for row in page] for page in (newest, older)] == [["third", "second"], ["first"]]


@pytest.mark.parametrize("before", ["\0", "\ud800"])
def test_what_no_database_takes_is_before_nothing(store: Store, before: str) -> None:
    keep(store, "first")
    with store.read() as conn:
        assert list_letters(conn, TREE, OPERATOR, "iot", before, 2) == ()


def test_who_may_not_read_them_is_refused(store: Store) -> None:
    with store.read() as conn, pytest.raises(Forbidden):
        list_letters(conn, TREE, Scope("he", Role.LEADER, CITY), "iot", None, 2)


def test_who_has_a_part_of_the_city_is_refused_what_belongs_to_no_single_area(store: Store) -> None:
    with store.read() as conn:
        assert list_audit(conn, TREE, Scope("wang", Role.ADMINISTRATOR, CITY), None, 2) == ()
        with pytest.raises(Forbidden, match="outside the scope"):
            list_audit(conn, TREE, Scope("wang", Role.ADMINISTRATOR, TOWNS[0]), None, 2)
        with pytest.raises(Forbidden, match="outside the scope"):
            list_letters(conn, TREE, Scope("li", Role.OPERATOR, TOWNS[0]), "iot", None, 2)
