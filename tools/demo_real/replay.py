"""Beijing's sensors of `make demo-real`, as a process of their own: they publish what was measured at the moment the
replay clock shows.

    python -m tools.demo_real.replay CONFIG
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import app
from brain.model.clock import Clock, ReplayClock, utc_ms
from tools.demo_real import beijing
from tools.demo_real.data import DATA

IN_FLIGHT = 200
TURN_S = 0.2


def publish_beijing(plan: app.Plan, clock: Clock, ended: threading.Event) -> int:
    """Publish what is due by the clock, quality of service 1; how many messages."""
    section = plan.settings.config.broker
    client = Client(CallbackAPIVersion.VERSION2, client_id="demo-real-sensors", protocol=MQTTv311)
    client.username_pw_set(section.user, section.password)
    client.max_inflight_messages_set(IN_FLIGHT)
    room = threading.Semaphore(IN_FLIGHT)
    client.on_publish = lambda *_: room.release()
    client.connect_async(section.host, section.port)  # its thread tries until the broker is there
    client.loop_start()
    sent = 0
    try:
        for at, topic, payload in beijing.messages(DATA):
            while clock.now_ms() < utc_ms(at) and not ended.wait(TURN_S):
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


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.demo_real.replay")
    parser.add_argument("config", type=Path)
    given = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    plan = app.read_plan(given.config, os.environ)
    section = plan.settings.config.clock
    if section.start is None or section.anchor is None:
        parser.error(f"{given.config} has no clock.start and clock.anchor, which cockpit and sensors share")
    clock = ReplayClock(utc_ms(section.start), utc_ms(section.anchor), section.speed)
    print(f"{publish_beijing(plan, clock, ended)} messages published", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
