"""The outside world of `make demo-real`, as a process of its own: it does what real sources would have done at the
moment the replay clock shows. Sensors publish over MQTT; the hotline's export grows row by row.

    python -m tools.demo_real.replay beijing|new_york CONFIG [--all]     --all: everything at once, as fast as it goes
"""

import argparse
import json
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import app
from brain.model.clock import Clock, utc_ms
from tools.demo_real import beijing
from tools.demo_real.data import DATA

IN_FLIGHT = 200
TURN_S = 0.2
NEW_YORK_FILE = "hotline_nyc_live/nyc311_soda_1000.json"
NEW_YORK_ZONE = ZoneInfo("America/New_York")


def publish_beijing(plan: app.Plan, clock: Clock | None, ended: threading.Event) -> int:
    """Publish what is due by the clock (all of it without one), quality of service 1; how many messages."""
    section = plan.settings.config.broker
    password = section.password or app.made_password(plan.folder / "broker.password")
    client = Client(CallbackAPIVersion.VERSION2, client_id="demo-real-sensors", protocol=MQTTv311)
    client.username_pw_set(section.user, password)
    client.max_inflight_messages_set(IN_FLIGHT)
    room = threading.Semaphore(IN_FLIGHT)
    client.on_publish = lambda *_: room.release()
    client.connect(section.host, section.port)
    client.loop_start()
    sent = 0
    try:
        for at, topic, payload in beijing.messages(DATA):
            while clock is not None and clock.now_ms() < utc_ms(at) and not ended.wait(TURN_S):
                pass
            while not room.acquire(timeout=TURN_S) and not ended.is_set():
                pass
            if ended.is_set():
                break
            client.publish(topic, payload, qos=1)
            sent += 1
        for _ in range(IN_FLIGHT):  # all of them acknowledged
            while not room.acquire(timeout=TURN_S) and not ended.is_set():
                pass
    finally:
        client.disconnect()
        client.loop_stop()
    return sent


def new_york_rows() -> list[tuple[int, dict[str, object]]]:
    """(moment, row) in the order the source would have written them: when opened, and again when closed."""
    rows = []
    for record in json.loads((DATA / NEW_YORK_FILE).read_text(encoding="utf-8")):
        opened, closed = _moment(record["created_date"]), _moment(record.get("closed_date"))
        if closed is not None and opened is not None and closed > opened:
            standing = {key: value for key, value in record.items() if key != "closed_date"} | {"status": "Open"}
            rows.append((opened, standing))
        rows.append((max(filter(None, (opened, closed))), record))
    return sorted(rows, key=lambda row: (row[0], row[1]["unique_key"]))


def write_new_york(file: Path, clock: Clock | None, ended: threading.Event) -> int:
    """Append what is due by the clock (all of it without one) to `file`; how many rows."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    written = 0
    with file.open("a", encoding="utf-8") as lines:
        for at_ms, row in new_york_rows():
            while clock is not None and clock.now_ms() < at_ms and not ended.wait(TURN_S):
                pass
            if ended.is_set():
                break
            lines.write(json.dumps(row) + "\n")
            lines.flush()
            written += 1
    return written


def _moment(text: object) -> int | None:
    return utc_ms(datetime.fromisoformat(str(text)).replace(tzinfo=NEW_YORK_ZONE)) if text else None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo_real.replay")
    parser.add_argument("city", choices=("beijing", "new_york"))
    parser.add_argument("config", type=Path)
    parser.add_argument("--all", action="store_true", help="everything at once, not by the clock")
    given = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    plan = app.read_plan(given.config, os.environ)
    clock = None if given.all else app.make_clock(plan, alone=False)
    if given.city == "beijing":
        done = publish_beijing(plan, clock, ended)
    else:
        done = write_new_york(plan.settings.folder / "new_york" / "requests.jsonl", clock, ended)
    print(f"{given.city}: {done} told", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
