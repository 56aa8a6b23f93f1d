"""Sealing of personal data: authenticated encryption with the city's key, which is kept apart from the database.

A sealed value names the key it was sealed with and is bound to the row it belongs to, so that a wrong key is told from
damage, and a value moved to another row does not open.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from brain.model.case import PrivatePart

KEY_BYTES: Final = 32

_FORM: Final = b"\x01"
_KEY_ID_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(_FORM) + _KEY_ID_BYTES + _NONCE_BYTES
_OTHERS: Final = 0o077


class SealError(Exception):
    """The key or what was sealed cannot be used. The message never holds either."""


class WrongKey(SealError):
    """Sealed with another key than this one."""


class Damaged(SealError):
    """Not as it was sealed, or not for this row."""


class Seal:
    """Encrypts and decrypts with one key of at least 32 bytes. Raises SealError for a shorter one."""

    __slots__ = ("_cipher", "_fingerprint_key", "key_id")

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise SealError(f"the key has {len(key)} bytes; give at least {KEY_BYTES}")
        self._cipher = AESGCM(_derive(key, b"seal", 32))
        self._fingerprint_key = _derive(key, b"fingerprint", 32)
        self.key_id = _derive(key, b"id", _KEY_ID_BYTES).hex()

    def __repr__(self) -> str:
        return f"Seal(key_id={self.key_id!r})"

    def encrypt(self, plain: bytes, about: str = "") -> bytes:
        """`about` names what it belongs to (a case id, a dead letter's id); the same is needed to decrypt."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _FORM + bytes.fromhex(self.key_id) + nonce
        return head + self._cipher.encrypt(nonce, plain, about.encode())

    def decrypt(self, sealed: bytes, about: str = "") -> bytes:
        """Raises WrongKey or Damaged."""
        if len(sealed) < _HEAD_BYTES or not sealed.startswith(_FORM):
            raise Damaged("this was not sealed by this program")
        key_id = key_id_of(sealed)
        if key_id != self.key_id:
            raise WrongKey(
                f"sealed with the key {key_id}, but the city's key is {self.key_id}: "
                "bring back the key the store was made with (CITY_KEY or its key file)"
            )
        nonce = sealed[len(_FORM) + _KEY_ID_BYTES : _HEAD_BYTES]
        try:
            return self._cipher.decrypt(nonce, sealed[_HEAD_BYTES:], about.encode())
        except InvalidTag as error:
            raise Damaged("the sealed data was altered or belongs to another row") from error

    def encrypt_private(self, case_id: str, part: PrivatePart) -> bytes:
        return self.encrypt(_bytes_of(part), case_id)

    def decrypt_private(self, case_id: str, sealed: bytes) -> PrivatePart:
        """Raises WrongKey or Damaged."""
        return PrivatePart(**json.loads(self.decrypt(sealed, case_id)))

    def fingerprint(self, plain: bytes) -> str:
        """64 hex digits that tell two contents apart. Keyed, since a phone number can be guessed from a plain hash."""
        return hmac.new(self._fingerprint_key, plain, hashlib.sha256).hexdigest()


def key_id_of(sealed: bytes) -> str:
    """Of the key it was sealed with."""
    return sealed[len(_FORM) : len(_FORM) + _KEY_ID_BYTES].hex()


def read_key(text: str) -> bytes:
    """The key written as base64 (plain or URL-safe), as in ${CITY_KEY} and in the key file. Raises SealError."""
    try:
        key = base64.b64decode(text.strip().translate(str.maketrans("-_", "+/")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealError("the key is not base64; make one with: openssl rand -base64 32") from error
    if len(key) < KEY_BYTES:
        raise SealError(f"the key has {len(key)} bytes; make one of {KEY_BYTES} with: openssl rand -base64 32")
    return key


def load_or_make_key(path: Path) -> bytes:
    """The key in `path`; on the first start a new one is written there, readable by its owner only.

    Raises SealError for a file that others may read or that holds no key. Processes that start together agree on one.
    """
    try:
        if not path.exists():
            _make_key_file(path)
        mode = path.stat().st_mode & 0o777
        if mode & _OTHERS:
            raise SealError(f"the key file {path} may be read by others (mode {mode:04o}); run: chmod 600 {path}")
        text = path.read_text(encoding="ascii")
    except UnicodeDecodeError as error:
        raise SealError(f"the key file {path} holds no key") from error
    except OSError as error:
        raise SealError(f"the key file {path} cannot be read or made: {error.strerror}") from error
    try:
        return read_key(text)
    except SealError as error:
        raise SealError(f"the key file {path} holds no key: {error}") from error


def _make_key_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # Linked and not renamed: whoever comes second must not replace a key that is already in use.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _derive(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"city-brain " + purpose).derive(key)


def _bytes_of(part: PrivatePart) -> bytes:
    # Surrogates from a badly decoded source stay as they came: this is the only copy of the original. Chinese in UTF-8
    # takes half the room it would take escaped.
    return json.dumps(asdict(part), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
