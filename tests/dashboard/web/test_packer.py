"""Files that everybody loads are made as small as can be, behind the first who asks."""

import asyncio
import threading

import brotli

from dashboard.push.kept import pack
from dashboard.web.packer import Packer
from dashboard.web.static import PackedFiles
from tests.services.waiting import wait_until

TEXT = " ".join(f"word {n % 97} of {n % 31}" for n in range(3000)).encode()


def test_a_body_is_packed_smaller_than_while_somebody_waits() -> None:
    made: list[bytes] = []
    Packer().pack(TEXT, made.append)
    wait_until(lambda: made, "the body to be packed")
    assert brotli.decompress(made[0]) == TEXT
    assert len(made[0]) < len(pack(TEXT))


def test_equal_bodies_are_packed_once_and_the_thread_ends() -> None:
    packer, made = Packer(), list[bytes]()
    for _ in range(3):
        packer.pack(bytes(TEXT), made.append)
    wait_until(lambda: len(made) == 3, "three answers")
    assert made[0] is made[1] is made[2]
    wait_until(lambda: "packer" not in {thread.name for thread in threading.enumerate()}, "the thread to end")
    packer.pack(TEXT, made.append)
    wait_until(lambda: len(made) == 4, "an answer from another thread")


def test_a_file_grows_smaller_after_it_was_first_answered() -> None:
    files = PackedFiles(lambda _: TEXT, Packer())
    first = asyncio.run(files.get("style.css")).brotli
    assert first is not None

    def now() -> bytes:
        return asyncio.run(files.get("style.css")).brotli or b""

    wait_until(lambda: len(now()) < len(first), "the smaller body")
    assert brotli.decompress(now()) == TEXT
