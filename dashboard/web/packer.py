"""Packs public files as small as brotli can, behind those who wait for them: a second for each megabyte, once."""

import hashlib
import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

import brotli

_SMALLEST_QUALITY = 11
_PATIENT = 15  # nicer than all that answers somebody


class Packer:
    """One thread of low priority, begun with the first body and ended when there is none left. Equal bodies are packed
    once, as the component libraries of the three screens are. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[tuple[bytes, Callable[[bytes], None]]] = queue.SimpleQueue()
        self._packed: dict[bytes, bytes] = {}
        self._working = False

    def pack(self, body: bytes, done: Callable[[bytes], None]) -> None:
        """`done` is called with the packed body from the packer's thread."""
        with self._lock:
            self._waiting.put((body, done))
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, name="packer", daemon=True).start()

    def _work(self) -> None:
        with suppress(OSError):  # a system where threads have no priority of their own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PATIENT)
        while True:
            with self._lock:
                if self._waiting.empty():
                    self._working = False
                    return
                body, done = self._waiting.get()
            digest = hashlib.sha256(body).digest()
            if digest not in self._packed:
                self._packed[digest] = brotli.compress(body, quality=_SMALLEST_QUALITY)
            done(self._packed[digest])
