"""Backup, restore and move as `app.py` offers them: what they say, and where the key is."""

from pathlib import Path
from typing import Any

import pytest

import app
from brain.model.case import PrivatePart
from brain.runtime import moving
from brain.runtime.city_store import make_seal, store_url
from brain.store import schema
from brain.store.claims import take_lease
from brain.store.engine import Store, open_store
from brain.store.errors import StoreError
from brain.store.moving import verbs

OTHER_KEY = "A" * 43 + "="


@pytest.fixture
def plan(tmp_path: Path) -> app.Plan:
    return planned(tmp_path)


def planned(tmp_path: Path, more: str = "") -> app.Plan:
    path = tmp_path / "config.yaml"
    path.write_text(f"city: zhongshan\n{more}", encoding="utf-8")
    return app.read_plan(path, {})


def sealed(plan: app.Plan) -> str:
    """A ticket with personal data in the store; the id of the key it is sealed with."""
    seal = make_seal(plan)
    row = {"case_id": "c", "sealed": seal.encrypt_private("c", PrivatePart("", "", "", "", ""))}
    with open_store(store_url(plan)) as store:
        store.write(lambda conn: conn.execute(schema.case_private.insert().values(row))).result()
    return seal.key_id


def test_a_backup_says_what_it_took_and_that_the_key_is_not_in_it(plan: app.Plan, tmp_path: Path) -> None:
    sealed(plan)
    told, key = moving.back_up(plan, tmp_path)
    (made,) = tmp_path.glob("zhongshan-*.zip")
    assert told.startswith(f"{made}: ")
    assert "rows/s" in told
    assert (
        key
        == f"the key of personal data is not in it: it is in {plan.folder / 'city.key'}; keep a copy of it elsewhere"
    )
    assert (plan.folder / "city.key").read_bytes().strip() not in made.read_bytes()


def test_a_restore_without_the_right_key_says_so_and_makes_none(plan: app.Plan, tmp_path: Path) -> None:
    key_id = sealed(plan)
    file = tmp_path / "a.zip"
    moving.back_up(plan, file)
    bare = planned(tmp_path, "store: {folder: bare}\n")
    told, note = moving.restore(bare, file, replace=False)
    assert told.startswith("restored as of 20")
    assert f"sealed with the key {key_id}, no key is here: bring that key to" in note
    assert not (tmp_path / "bare" / "city.key").exists()
    other = planned(tmp_path, f"store: {{folder: other}}\nkeys: {{city_key: {OTHER_KEY}}}\n")
    assert (
        f"the key here is {make_seal(other).key_id}: bring that key to CITY_KEY"
        in moving.restore(other, file, False)[1]
    )


def test_a_backup_of_another_city_is_named(plan: app.Plan, tmp_path: Path) -> None:
    sealed(plan)
    file = tmp_path / "a.zip"
    verbs.back_up(store_url(plan), file, "beijing", made_ms=0)
    lines = moving.restore(plan, file, replace=True)
    assert "note: it is a backup of the city beijing, the config names zhongshan" in lines


@pytest.mark.postgres
def test_a_move_says_what_to_do_next(plan: app.Plan, postgres_url: str, tmp_path: Path) -> None:
    sealed(plan)
    lines = moving.move(plan, postgres_url.replace("postgres@", "postgres:secret@"), replace=False)
    assert "secret" not in "".join(lines)
    assert "now name it in" in lines[1]
    there = planned(tmp_path, f"store: {{url: '{postgres_url}'}}\n")
    with pytest.raises(StoreError, match="the store is there already"):
        moving.move(there, postgres_url, replace=True)
    assert "counts and checksums equal" in moving.move(there, f"sqlite:///{tmp_path}/home/city.db", replace=False)[0]


def test_where_there_is_no_store_nothing_is_moved_or_made(plan: app.Plan, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        moving.move(plan, f"sqlite:///{tmp_path}/new/city.db", replace=False)
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_a_store_in_use_is_not_moved(database_url: str, store: Store, tmp_path: Path) -> None:
    plan = planned(tmp_path, f"store: {{url: '{database_url}'}}\n")
    with pytest.raises(StoreError, match="in use by"):
        moving.move(plan, f"sqlite:///{tmp_path}/new/city.db", replace=False)
    assert not (tmp_path / "new").exists()


@pytest.mark.postgres
def test_while_a_store_is_moved_nobody_begins_to_feed_it(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, works, signs = planned(tmp_path, f"store: {{url: '{postgres_url}'}}\n"), verbs.move, []

    def look(*given: Any) -> Any:
        with open_store(postgres_url) as store:
            signs.append(store.write(lambda conn: take_lease(conn, "feeds", "another", 1)).result())
        return works(*given)

    monkeypatch.setattr(verbs, "move", look)
    moving.move(plan, f"sqlite:///{tmp_path}/new/city.db", replace=False)
    assert len(signs) == 1
    assert signs[0] is not None
    with open_store(postgres_url) as store:  # afterwards it is free
        assert store.write(lambda conn: take_lease(conn, "feeds", "another", 1)).result() is None
