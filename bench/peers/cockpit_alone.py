"""The cockpit's web server as `app.py run` composes it, on a store of its own without feeds.

The counter of one input moves each second. Its viewers are one paired wall of the whole city, as often as they come.

Arguments: config, input (whose counter moves). Says {port, area, cookie}; to each line it is told, the CPU seconds it
used.
"""

import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn

import app
from bench.peers.child import arguments, hear, say
from brain.model.area import AreaTree
from brain.runtime.city_store import make_clock, open_city_store
from brain.store.engine import Store
from brain.store.sessions import approve_pairing, finish_pairing, hash_secret, start_pairing
from brain.store.version import bump
from dashboard.access.cookies import COOKIE, cookie_name, new_secret

TICK_S = 1.0


def main(given: dict[str, Any]) -> None:
    plan = app.read_plan(Path(given["config"]), os.environ)
    with open_city_store(plan) as store, app.listen("127.0.0.1", 0) as bound:
        serve_beside(app.make_server(plan, store, make_clock(plan, store)), bound)
        stopping = threading.Event()
        ticking = threading.Thread(target=tick, args=(store, plan.facts.tree, given["input"], stopping))
        ticking.start()
        cookie = f"{cookie_name(COOKIE, 'http', f'127.0.0.1:{port_of(bound)}')}={pair(store, plan.facts.tree)}"
        say({"port": port_of(bound), "area": plan.facts.tree.root.id, "cookie": cookie})
        answer_cpu()
        stopping.set()
        ticking.join()


def pair(store: Store, tree: AreaTree) -> str:
    """Admit a wall; the token of its session."""
    now_ms, secret, token = time.time_ns() // 1_000_000, new_secret(), new_secret()

    def write(conn: Any) -> None:
        start_pairing(conn, "BENCH", hash_secret(secret), now_ms)
        approve_pairing(conn, "BENCH", "bench", tree.root.id, "bench", now_ms)
        finish_pairing(conn, hash_secret(secret), hash_secret(token), now_ms)

    store.write(write).result()
    return token


def tick(store: Store, tree: AreaTree, name: str, stopping: threading.Event) -> None:
    """As a commit does: the counter of the whole city, which every viewer follows."""
    while not stopping.wait(TICK_S):
        store.write(lambda conn: bump(conn, tree, {(name, tree.root.id)})).result()


def serve_beside(application: Any, bound: socket.socket) -> None:
    """In a thread, with app.py's options. Returns when it answers."""
    options: dict[str, Any] = {
        "log_level": "error",
        "access_log": False,
        "ws_per_message_deflate": False,
        "lifespan": "on",
    }
    server = uvicorn.Server(uvicorn.Config(application, **options))
    threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True).start()
    while not server.started:
        threading.Event().wait(0.02)


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


def answer_cpu() -> None:
    """Until the benchmark is over."""
    while hear():
        say(time.process_time())


if __name__ == "__main__":
    main(arguments())
