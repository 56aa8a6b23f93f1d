"""The brain with its MQTT feed, as `app.py feeds` runs it: ingest, store, rollups, rules, jobs.

Argument: config. Says "ready" when the feed is connected; then, told to, {cpu_s: {thread: seconds}} used since then.
"""

import os
import threading
import time
from pathlib import Path
from typing import Any

import app
from bench.peers.child import arguments, hear, say
from brain.runtime.city_store import make_clock, make_seal, open_city_store
from brain.runtime.feeding import running_feeds


def main(given: dict[str, Any]) -> None:
    plan = app.read_plan(Path(given["config"]), os.environ)
    with (
        open_city_store(plan) as store,
        running_feeds(plan, store, make_seal(plan), make_clock(plan, store)) as runtime,
    ):
        while runtime.health.status("iot_mqtt").status != "well":
            threading.Event().wait(0.02)
        before = cpu_by_thread()
        say("ready")
        hear()
        say({"cpu_s": {name: used - before.get(name, 0.0) for name, used in cpu_by_thread().items()}})
        hear()


def cpu_by_thread() -> dict[str, float]:
    """Seconds of CPU of the threads that live, those of a pool together."""
    found: dict[str, float] = {}
    for thread in threading.enumerate():
        if thread.ident is not None:
            name = thread.name.rstrip("-_0123456789")
            used = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            found[name] = found.get(name, 0.0) + used
    return found


if __name__ == "__main__":
    main(arguments())
