"""Accounts: made, changed, locked; the last administrator stays."""

from concurrent.futures import Future

import pytest
from sqlalchemy import select

from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from brain.store.people import (
    Account,
    PeopleError,
    Rights,
    change_account,
    change_own_password,
    count_accounts,
    create_account,
    create_first_account,
    find_account,
    hash_password,
    list_accounts,
    note_wrong_password,
    password_fits,
)

NOW = 1_800_000_000_000


def make(store: Store, name: str, role: Role = Role.OPERATOR, unit: str | None = None) -> Account:
    return store.write(lambda conn: create_account(conn, name, "hash", Rights(role, "020", unit), NOW)).result(30)


def test_a_fresh_store_has_no_account(store: Store) -> None:
    with store.read() as conn:
        assert count_accounts(conn) == 0
        assert find_account(conn, "admin") is None


def test_accounts_are_found_by_name_and_listed_in_order(store: Store) -> None:
    second, first = make(store, "wu", Role.UNIT, "water"), make(store, "chen")
    with store.read() as conn:
        assert list_accounts(conn) == (first, second)
        assert find_account(conn, "wu") == (second, "hash")
        assert find_account(conn, "WU") is None


def test_a_name_is_given_once(store: Store) -> None:
    make(store, "chen")
    with pytest.raises(PeopleError, match="name_taken"):
        make(store, "chen", Role.LEADER)


def test_there_is_one_first_account(store: Store) -> None:
    first = store.write(lambda conn: create_first_account(conn, "root", "hash", "020", NOW)).result(30)
    assert (first.role, first.area_id, first.disabled) == (Role.ADMINISTRATOR, "020", False)
    with pytest.raises(PeopleError, match="not_first"):
        store.write(lambda conn: create_first_account(conn, "other", "hash", "020", NOW)).result(30)


def test_two_who_make_the_first_account_at_once_make_one(store: Store) -> None:
    def first(name: str) -> "Future[Account]":
        return store.write(lambda conn: create_first_account(conn, name, "hash", "020", NOW))

    tries = [first(name) for name in "abc"]
    failed = [isinstance(one.exception(30), PeopleError) for one in tries]
    assert sorted(failed) == [False, True, True]
    with store.read() as conn:
        assert count_accounts(conn) == 1


@pytest.mark.parametrize(("role", "disabled"), [(Role.OPERATOR, False), (Role.ADMINISTRATOR, True)])
def test_the_last_administrator_stays_one(store: Store, role: Role, disabled: bool) -> None:
    only = make(store, "root", Role.ADMINISTRATOR)
    make(store, "chen")

    def demote(account_id: str) -> None:
        store.write(lambda conn: change_account(conn, account_id, Rights(role, "020", None, disabled), NOW)).result(30)

    with pytest.raises(PeopleError, match="last_administrator"):
        demote(only.id)
    make(store, "second", Role.ADMINISTRATOR)
    demote(only.id)
    with store.read() as conn:
        found = find_account(conn, "root")
    assert found is not None
    assert (found[0].role, found[0].disabled) == (role, disabled)


def test_a_change_keeps_the_password_unless_a_new_one_is_given(store: Store) -> None:
    account = make(store, "chen")
    given = Rights(Role.LEADER, "02001")
    store.write(lambda conn: change_account(conn, account.id, given, NOW)).result(30)
    with store.read() as conn:
        found = find_account(conn, "chen")
        assert found is not None
        assert (found[0].role, found[0].area_id, found[1]) == (Role.LEADER, "02001", "hash")
    store.write(lambda conn: change_account(conn, account.id, given, NOW, "new")).result(30)
    with store.read() as conn:
        found = find_account(conn, "chen")
    assert found is not None
    assert found[1] == "new"


def test_who_changes_the_own_password_keeps_no_rights_that_were_taken_meanwhile(store: Store) -> None:
    """Checking the old password takes a while, in which an administrator may act."""
    wu = make(store, "wu")
    less = Rights(Role.LEADER, "02001")
    store.write(lambda conn: change_account(conn, wu.id, less, NOW)).result(30)
    store.write(lambda conn: change_own_password(conn, wu.id, "hash", "new", NOW)).result(30)
    with store.read() as conn:
        found = find_account(conn, "wu")
    assert found is not None
    assert (found[0].role, found[0].area_id, found[1]) == (Role.LEADER, "02001", "new")
    stale = store.write(lambda conn: change_own_password(conn, wu.id, "hash", "newer", NOW))
    with pytest.raises(PeopleError, match="refused"):
        stale.result(30)
    off = Rights(Role.LEADER, "02001", disabled=True)
    store.write(lambda conn: change_account(conn, wu.id, off, NOW)).result(30)
    disabled = store.write(lambda conn: change_own_password(conn, wu.id, "new", "newer", NOW))
    with pytest.raises(PeopleError, match="refused"):
        disabled.result(30)


@pytest.mark.parametrize("name", ["\0", "wu\0", "\ud800", ""])
def test_names_that_no_database_takes_are_nobodys(store: Store, name: str) -> None:
    make(store, "wu")
    with store.read() as conn:
        assert find_account(conn, name) is None


def test_an_account_that_is_not_there_is_not_changed(store: Store) -> None:
    with pytest.raises(LookupError):
        store.write(lambda conn: change_account(conn, "nobody", Rights(Role.LEADER, "020"), NOW)).result(30)


def test_wrong_passwords_in_a_row_lock_and_a_change_unlocks(store: Store) -> None:
    account = make(store, "chen")

    def wrong() -> bool:
        return store.write(lambda conn: note_wrong_password(conn, account.id, NOW, 3, 1000)).result(30)

    assert [wrong() for _ in range(4)] == [False, False, True, False]
    with store.read() as conn:
        assert list_accounts(conn)[0].locked_until_ms == NOW + 1000
    given = Rights(Role.OPERATOR, "020")
    store.write(lambda conn: change_account(conn, account.id, given, NOW)).result(30)
    with store.read() as conn:
        assert list_accounts(conn)[0].locked_until_ms is None
        assert conn.scalar(select(schema.account.c.failed)) == 0


def test_passwords_are_argon2id_and_never_twice_the_same() -> None:
    one, two = hash_password("Rain-on-the-7-hills"), hash_password("Rain-on-the-7-hills")
    assert one.startswith("$argon2id$")
    assert one != two
    assert password_fits(one, "Rain-on-the-7-hills")
    assert not password_fits(one, "rain-on-the-7-hills")
    assert not password_fits(None, "Rain-on-the-7-hills")
    assert not password_fits("no hash at all", "Rain-on-the-7-hills")
