"""Sessions end by time, by disuse, by revocation and with their account; walls are paired once."""

import pytest
from sqlalchemy import select

from brain.model.scope import Role
from brain.store import schema
from brain.store.engine import Store
from brain.store.people import PeopleError, Rights, change_account, create_account, note_wrong_password
from brain.store.sessions import (
    PERSON,
    WALL,
    Lifetimes,
    SessionRow,
    approve_pairing,
    find_pairing,
    find_sessions,
    finish_pairing,
    forget_ended,
    hash_secret,
    list_walls,
    open_session,
    revoke_session,
    start_pairing,
    touch_session,
)

NOW = 1_800_000_000_000
LIFE = Lifetimes(idle_ms=1000, longest_ms=5000)
TOKEN = hash_secret("token")


@pytest.fixture
def account_id(store: Store) -> str:
    made = store.write(lambda conn: create_account(conn, "wu", "hash", Rights(Role.UNIT, "02001", "water"), NOW))
    return made.result(30).id


def begin(store: Store, account_id: str, now_ms: int = NOW, token: str = TOKEN) -> None:
    store.write(lambda conn: open_session(conn, token, account_id, now_ms, LIFE)).result(30)


def good(store: Store, now_ms: int, *tokens: str) -> dict[str, SessionRow]:
    with store.read() as conn:
        return find_sessions(conn, list(tokens or (TOKEN,)), now_ms, LIFE)


def alter(store: Store, account_id: str, role: Role = Role.UNIT, disabled: bool = False) -> None:
    store.write(lambda conn: change_account(conn, account_id, Rights(role, "020", "water", disabled), NOW)).result(30)


def pair(store: Store, label: str = "hall", now_ms: int = NOW) -> str:
    """A paired wall; the hash of its token."""
    secret, token = hash_secret(f"secret {label}"), hash_secret(f"token {label}")
    store.write(lambda conn: start_pairing(conn, label, secret, now_ms)).result(30)
    store.write(lambda conn: approve_pairing(conn, label, "admin", "02001", label, now_ms)).result(30)
    assert store.write(lambda conn: finish_pairing(conn, secret, token, now_ms)).result(30) is not None
    return token


def test_a_session_carries_what_its_account_may_do_now(store: Store, account_id: str) -> None:
    begin(store, account_id)
    assert good(store, NOW)[TOKEN] == SessionRow(TOKEN, PERSON, "wu", Role.UNIT, "02001", "water", NOW, NOW)
    assert good(store, NOW, hash_secret("another")) == {}


def test_the_token_itself_is_nowhere_in_the_store(store: Store, account_id: str) -> None:
    begin(store, account_id)
    with store.read() as conn:
        row = conn.execute(select(schema.session)).one()
    assert "token" not in [str(value) for value in row]


def test_a_session_ends_without_use(store: Store, account_id: str) -> None:
    begin(store, account_id)
    assert good(store, NOW + LIFE.idle_ms - 1)
    assert not good(store, NOW + LIFE.idle_ms)
    store.write(lambda conn: touch_session(conn, TOKEN, NOW + 900)).result(30)
    assert good(store, NOW + 900 + LIFE.idle_ms - 1)


def test_a_session_ends_in_any_case(store: Store, account_id: str) -> None:
    begin(store, account_id)
    store.write(lambda conn: touch_session(conn, TOKEN, NOW + LIFE.longest_ms - 1)).result(30)
    assert good(store, NOW + LIFE.longest_ms - 1)
    assert not good(store, NOW + LIFE.longest_ms)


def test_a_revoked_session_is_over(store: Store, account_id: str) -> None:
    begin(store, account_id)
    assert store.write(lambda conn: revoke_session(conn, TOKEN, NOW)).result(30)
    assert not good(store, NOW)
    assert not store.write(lambda conn: revoke_session(conn, TOKEN, NOW)).result(30)


@pytest.mark.parametrize(("role", "disabled"), [(Role.OPERATOR, False), (Role.UNIT, True), (Role.UNIT, False)])
def test_any_change_of_an_account_ends_its_sessions(store: Store, account_id: str, role: Role, disabled: bool) -> None:
    begin(store, account_id)
    alter(store, account_id, role, disabled)
    assert not good(store, NOW)


def test_nobody_logs_into_a_disabled_or_locked_account(store: Store, account_id: str) -> None:
    store.write(lambda conn: note_wrong_password(conn, account_id, NOW, 1, 1000)).result(30)
    with pytest.raises(PeopleError, match="locked"):
        begin(store, account_id, NOW + 999)
    begin(store, account_id, NOW + 1000)
    alter(store, account_id, disabled=True)
    with pytest.raises(PeopleError, match="refused"):
        begin(store, account_id, token=hash_secret("second"))


def test_a_login_forgets_earlier_failures(store: Store, account_id: str) -> None:
    for _ in range(2):
        assert not store.write(lambda conn: note_wrong_password(conn, account_id, NOW, 3, 1000)).result(30)
    begin(store, account_id)
    assert not store.write(lambda conn: note_wrong_password(conn, account_id, NOW, 3, 1000)).result(30)


def test_a_wall_is_paired_once_and_lasts(store: Store) -> None:
    secret, token = hash_secret("secret"), hash_secret("wall token")
    shown = store.write(lambda conn: start_pairing(conn, "AB12", secret, NOW)).result(30)
    assert shown.approved_by is None
    assert store.write(lambda conn: finish_pairing(conn, secret, token, NOW)).result(30) is None
    store.write(lambda conn: approve_pairing(conn, "AB12", "admin", "02001", "hall", NOW)).result(30)
    with store.read() as conn:
        waiting = find_pairing(conn, secret, NOW)
    assert waiting is not None
    assert waiting.approved_by == "admin"
    wall = store.write(lambda conn: finish_pairing(conn, secret, token, NOW)).result(30)
    assert wall is not None
    assert store.write(lambda conn: finish_pairing(conn, secret, hash_secret("again"), NOW)).result(30) is None
    year_ms = 365 * 86_400_000
    assert good(store, NOW + year_ms, token)[token] == SessionRow(
        token, WALL, "hall", Role.WALL, "02001", None, NOW, NOW
    )
    with store.read() as conn:
        assert list_walls(conn) == (wall,)


def test_codes_expire_and_are_not_given_twice(store: Store) -> None:
    store.write(lambda conn: start_pairing(conn, "AB12", "s1", NOW)).result(30)
    with pytest.raises(PeopleError, match="code_taken"):
        store.write(lambda conn: start_pairing(conn, "AB12", "s2", NOW)).result(30)
    later = NOW + 600_001
    with pytest.raises(PeopleError, match="no_code"):
        store.write(lambda conn: approve_pairing(conn, "AB12", "admin", "020", "hall", later)).result(30)
    store.write(lambda conn: start_pairing(conn, "AB12", "s2", later)).result(30)
    with store.read() as conn:
        assert find_pairing(conn, "s1", later) is None
        assert find_pairing(conn, "s2", later) is not None


def test_a_code_is_confirmed_once(store: Store) -> None:
    store.write(lambda conn: start_pairing(conn, "AB12", "s1", NOW)).result(30)
    store.write(lambda conn: approve_pairing(conn, "AB12", "admin", "020", "hall", NOW)).result(30)
    with pytest.raises(PeopleError, match="no_code"):
        store.write(lambda conn: approve_pairing(conn, "AB12", "other", "02001", "other", NOW)).result(30)


def test_what_ended_is_forgotten_and_walls_stay(store: Store, account_id: str) -> None:
    begin(store, account_id)
    wall = pair(store)
    later = NOW + LIFE.longest_ms + 10
    begin(store, account_id, later, hash_secret("fresh"))
    assert store.write(lambda conn: forget_ended(conn, later, LIFE)).result(30) == 1
    assert set(good(store, later, wall, hash_secret("fresh"))) == {wall, hash_secret("fresh")}
    with store.read() as conn:
        assert len(conn.execute(select(schema.session)).all()) == 2
