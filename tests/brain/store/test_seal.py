"""Sealing: what goes in comes out with the right key only, and the key file is nobody else's."""

import base64
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brain.model.case import PrivatePart
from brain.store.seal import Damaged, Seal, SealError, WrongKey, load_or_make_key, read_key

KEY = bytes(range(32))
SEAL = Seal(KEY)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_again(plain: bytes, about: str) -> None:
    assert SEAL.decrypt(SEAL.encrypt(plain, about), about) == plain


@given(st.builds(PrivatePart, *[st.text(max_size=20)] * 5, st.none() | st.floats(allow_nan=False)))
def test_private_parts_come_back_whole(part: PrivatePart) -> None:
    assert SEAL.decrypt_private("case", SEAL.encrypt_private("case", part)) == part


def test_nothing_of_it_can_be_read() -> None:
    sealed = SEAL.encrypt_private("case", PrivatePart("李明", "13800138000", text="来电"))
    assert b"13800138000" not in sealed
    assert "李明".encode() not in sealed
    assert SEAL.encrypt(b"same") != SEAL.encrypt(b"same"), "the same content does not look the same"


def test_another_key_is_named_and_told_from_damage() -> None:
    sealed = SEAL.encrypt(b"13800138000", "case")
    other = Seal(b"x" * 32)
    with pytest.raises(
        WrongKey, match=f"sealed with the key {SEAL.key_id}, but the city's key is {other.key_id}"
    ) as caught:
        other.decrypt(sealed, "case")
    assert "13800138000" not in str(caught.value)


@pytest.mark.parametrize("where", [1, 5, 12, 20, -1])
def test_an_altered_byte_is_seen(where: int) -> None:
    sealed = bytearray(SEAL.encrypt(b"secret", "case"))
    sealed[where] ^= 1
    with pytest.raises(SealError):
        SEAL.decrypt(bytes(sealed), "case")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(Damaged, match="belongs to another row"):
        SEAL.decrypt(SEAL.encrypt(b"secret", "case-1"), "case-2")


@pytest.mark.parametrize(
    "sealed", [b"", b"\x01", b"{}" * 40, SEAL.encrypt(b"")[:28]], ids=["nothing", "form", "text", "cut"]
)
def test_what_was_never_sealed_is_damaged(sealed: bytes) -> None:
    with pytest.raises(Damaged):
        SEAL.decrypt(sealed)


def test_a_seal_does_not_show_its_key() -> None:
    assert repr(SEAL) == f"Seal(key_id='{SEAL.key_id}')"
    assert SEAL.key_id not in KEY.hex()


def test_fingerprints_depend_on_content_and_key() -> None:
    assert SEAL.fingerprint(b"a") == Seal(KEY).fingerprint(b"a")
    assert SEAL.fingerprint(b"a") != SEAL.fingerprint(b"b")
    assert SEAL.fingerprint(b"a") != Seal(b"x" * 32).fingerprint(b"a")
    assert len(SEAL.fingerprint(b"a")) == 64


def test_a_short_key_is_refused() -> None:
    with pytest.raises(SealError, match="the key has 31 bytes; give at least 32"):
        Seal(b"k" * 31)


# --- keys as text and in files -----------------------------------------------------------------------------------
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_keys_are_base64_of_either_kind(encode: type[bytes]) -> None:
    key = b"\xff\xfe" * 16
    assert read_key(f"  {encode(key).decode()}\n") == key  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "the key has 0 bytes"), ("not base64!", "the key is not base64"), ("QUJD", "the key has 3 bytes")],
)
def test_a_bad_key_says_how_to_make_one(text: str, message: str) -> None:
    with pytest.raises(SealError, match=f"{message}.*openssl rand -base64 32"):
        read_key(text)


def test_the_first_start_makes_a_key_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "city.key"
    key = load_or_make_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_or_make_key(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["city.key"]


def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_make_key(tmp_path / "city.key")
    finally:
        os.umask(before)
    assert (tmp_path / "city.key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_a_key(tmp_path: Path) -> None:
    path = tmp_path / "city.key"
    barrier = threading.Barrier(8)
    keys: list[bytes] = []

    def start() -> None:
        barrier.wait()
        keys.append(load_or_make_key(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "city.key"
    load_or_make_key(path)
    path.chmod(mode)
    with pytest.raises(SealError, match=f"may be read by others \\(mode {mode:04o}\\); run: chmod 600"):
        load_or_make_key(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", "钥匙".encode(), b"QUJD"])
def test_a_key_file_without_a_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "city.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SealError, match="holds no key"):
        load_or_make_key(path)
    assert path.read_bytes() == content, "a damaged key must never be replaced by a new one"


def test_a_folder_in_the_way_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SealError, match="cannot be read or made"):
        load_or_make_key(tmp_path / "file" / "city.key")
