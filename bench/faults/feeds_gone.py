"""Feeds and screens in processes of their own on PostgreSQL; that of the feeds is killed (SIGKILL) and stays away. Feed
health on the screens says so within ten seconds though nobody is left to write it down; started again all that the
broker kept is stored, and feed health is well by itself.
"""

import signal
import time
from collections.abc import Iterator

from bench.report.fault_row import FaultRow
from bench.rig.city import SAYS, city, documented_broker
from bench.rig.databases import Postgres, await_status, postgresql
from bench.rig.feed_health import Watching, in_trouble
from bench.rig.oracle import Oracle
from bench.rig.trial import Trial
from tests.services.waiting import wait_until

NAME = "feeds gone"
_SEEN_S, _BACK_S = 10.0, 60.0


def run(trial: Trial) -> Iterator[FaultRow]:
    gone_s, rate = (12.0, 100) if trial.quick else (30.0, 1000)
    broker, folder = documented_broker(trial.room("broker")), trial.room("city")
    with postgresql() as server:
        database = Postgres(server, server.make_database())
        web, feeds = (city(folder, database.url, broker, command) for command in ("web", "feeds"))
        try:
            web.start()
            feeds.start(SAYS["feeds"])
            await_status(database, "well")
            with Oracle(trial.folder, broker, rate) as oracle:
                oracle.go()
                wait_until(lambda: not in_trouble(web), "feed health to be well")
                with Watching(web) as watching:
                    feeds.end(signal.SIGKILL)
                    time.sleep(gone_s)
                feeds.start(SAYS["feeds"])
                over = time.monotonic()
                oracle.stop()
                back_s = oracle.all_stored(database, 20) - over
                wait_until(lambda: not in_trouble(web), "feed health to be well again")
                held = oracle.held(database)
        finally:
            feeds.end(signal.SIGKILL)
            web.end(signal.SIGKILL)
            broker.kill()
    yield held.row(
        f"{NAME} for {gone_s:.0f} s beside the screens, {rate:,}/s, PostgreSQL",
        back_s,
        watching.seen_s,
        (_BACK_S, _SEEN_S),
    )
