"""A year of real air (618,835 readings, UCI 501) through a real broker into the store, published on a bare socket.

What the store then holds is compared with pandas computed straight from the file, to the last row: of the year on
SQLite, of its first quarter on PostgreSQL, where rows are written in another way but rolled up and counted alike.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import select

import app
from bench.peers.blast import blast, connect, publish_packet
from brain.model.clock import utc_ms
from brain.runtime.city_store import make_clock, make_seal, open_city_store
from brain.runtime.feeding import running_feeds
from brain.runtime.jobs import Jobs
from brain.store import schema
from brain.store.engine import Store
from tests.services.mosquitto import Mosquitto
from tests.services.waiting import wait_until
from tools.demo_real import beijing, configs, data

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.broker,
    pytest.mark.skipif(bool(data.missing()), reason=f"the real data is not in {data.DATA}"),
]

READINGS = 618_835
QUARTER = pd.Timestamp("2016-04-01", tz="Asia/Shanghai")
HOUR_S, DAY_S = 3600, 86_400
# The clock stands at the end of the year, and everything before it is accepted.
HEAD = """\
city: ./beijing
clock: {{mode: replay, start: "2017-01-01T00:05:00+08:00", speed: 0.001, anchor: "{anchor}"}}
store: {{folder: ./var, url: "{url}"}}
broker: {{embedded: false, host: {host}, port: {port}, user: {user}, password: {password}}}
retention: {{reading_days: 4000, rollup_5min_days: 4000, rollup_hour_days: 4000}}
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    # Nothing is killed here: saving on every change would only measure the disk.
    broker = Mosquitto(folder, "autosave_on_changes false\nautosave_interval 600")
    yield broker
    broker.kill()


@pytest.fixture
def plan(tmp_path: Path, database_url: str, broker: Mosquitto) -> app.Plan:
    beijing.build(tmp_path / "beijing")
    login = {"host": broker.host, "port": broker.port, "user": broker.username, "password": broker.password}
    anchor = pd.Timestamp.now("UTC").isoformat()
    text = HEAD.format(url=database_url, anchor=anchor, **login) + configs.BEIJING_METRICS
    text = text.replace("accept_past_s: 864000", "accept_past_s: 40000000")
    path = tmp_path / "beijing.yaml"
    path.write_text(text, encoding="utf-8")
    return app.read_plan(path, {})


def test_the_store_equals_the_file(
    plan: app.Plan, broker: Mosquitto, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = expected()
    if database_url.startswith("postgresql"):
        table = table[table["at"] < QUARTER]
    # Areas are rolled up beside; here it would only slow the year down, and its own tests say whether it is right.
    monkeypatch.setattr(Jobs, "roll_up_areas", lambda _: True)
    with open_city_store(plan) as store:
        with running_feeds(plan, store, make_seal(plan), make_clock(plan, store)) as runtime:
            wait_until(lambda: runtime.health.status("iot_mqtt").status == "well", "the feed to be connected", 120)
            publish_until(table["at"].max(), broker)
            wait_until(lambda: sum(counted(store)) >= len(table), "all readings to be stored", 1200)
        assert counted(store) == (len(table), 0)
        assert_same(readings(store), table[["device_id", "metric", "at_ms", "value"]])
        for span_s, rule in ((HOUR_S, "1h"), (DAY_S, "1D")):
            assert_same(rollups(store, span_s), buckets(table, rule))


def publish_until(last: pd.Timestamp, broker: Mosquitto) -> None:
    """Returns when the broker has confirmed every message up to a moment."""
    sent = enumerate((topic, payload) for at, topic, payload in beijing.messages(data.DATA) if at <= last)
    packets = [publish_packet(topic, payload, n % 65535 + 1) for n, (topic, payload) in sent]
    with connect(broker.host, broker.port, broker.username, broker.password) as sock:
        blast(sock, packets)


def counted(store: Store) -> tuple[int, int]:
    """(accepted, refused) as feed health says."""
    with store.read() as conn:
        state = schema.feed_state
        row = conn.execute(select(state.c.accepted, state.c.refused).where(state.c.feed == "iot_mqtt")).one()
        return row.accepted, row.refused


def expected() -> pd.DataFrame:
    """One row per value of the file: device_id, metric, at, at_ms, value."""
    wide = beijing.table(data.DATA).rename(columns=beijing.POLLUTANTS)
    long = wide.melt(["station", "at"], list(beijing.POLLUTANTS.values()), "metric", "value").dropna(subset="value")
    long["device_id"] = long["station"].map(beijing.device_id)
    long["at_ms"] = [utc_ms(at.to_pydatetime()) for at in long["at"]]
    assert len(long) == READINGS
    return long


def buckets(table: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Mean and count per device, metric and bucket (start, end], in Beijing's time, stamped at the end."""
    grouped = table.set_index("at").groupby(["device_id", "metric"])["value"]
    found = grouped.resample(rule, closed="right", label="right").agg(["mean", "count"]).reset_index()
    found = found[found["count"] > 0]
    found["at_ms"] = [utc_ms(at.to_pydatetime()) for at in found["at"]]
    return found[["device_id", "metric", "at_ms", "mean", "count"]]


def readings(store: Store) -> pd.DataFrame:
    table = schema.reading
    return frame(store, select(table.c.device_id, table.c.metric, table.c.at_ms, table.c.value))


def rollups(store: Store, span_s: int) -> pd.DataFrame:
    table = schema.reading_rollup
    mean = (table.c.sum / table.c.count).label("mean")
    columns = (table.c.device_id, table.c.metric, table.c.end_ms.label("at_ms"), mean, table.c.count)
    return frame(store, select(*columns).where(table.c.span_s == span_s, table.c.count > 0))


def frame(store: Store, query: object) -> pd.DataFrame:
    with store.read() as conn:
        answer = conn.execute(query)  # type: ignore[call-overload]
        return pd.DataFrame(answer.fetchall(), columns=list(answer.keys()))


def assert_same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    key = ["device_id", "metric", "at_ms"]
    found, wanted = (table.sort_values(key).reset_index(drop=True) for table in (found, wanted))
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False, rtol=1e-9)
