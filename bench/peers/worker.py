"""One process of `app.py feeds` that shares a feed with others.

Argument: config. Says "running"; ends when its input does.
"""

import os
from pathlib import Path
from typing import Any

import app
from bench.peers.child import arguments, hear, say
from brain.runtime.city_store import make_clock, make_seal, open_city_store
from brain.runtime.feeding import sharing_feeds


def main(given: dict[str, Any]) -> None:
    plan = app.read_plan(Path(given["config"]), os.environ)
    with (
        open_city_store(plan) as store,
        sharing_feeds(plan, store, make_seal(plan), make_clock(plan, store)),
    ):
        say("running")
        hear()


if __name__ == "__main__":
    main(arguments())
