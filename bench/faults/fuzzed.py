"""100,000 payloads, most of them broken in some way, and 10,000 hostile topics, sent with QoS 1 through mosquitto to
the running program. Each is accepted, refused with a reason, or known already: the three add up to what was sent, dead
letters stay within their cap, nothing stops. Topics that MQTT itself forbids, or that nobody subscribes to, are given
to what reads the messages: each is refused, or waits for people under an id that devices may have. None enters the
register.
"""

import signal
import time
from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

from bench.peers.blast import blast, connect, publish_packet
from bench.report.fault_row import FaultRow
from bench.rig import hostile
from bench.rig.city import TOPICS, city, documented_broker
from bench.rig.databases import Sqlite, await_status, one, status
from bench.rig.trial import Trial
from brain.feed import Rejected
from brain.model.reading import Device, DeviceState
from feeds.payloads.json_mapping import TopicMapping
from feeds.payloads.json_readings import JsonReadings
from feeds.payloads.message import Message
from feeds.payloads.topics import is_device_id
from tests.services.waiting import wait_until
from tests.small_city import small_city

NAME = "fuzzed"
_DEVICES = 200
_CAP = 10_000  # dead letters kept of a feed
_ANSWERED = "SELECT coalesce(sum(accepted + refused + repeated), 0) FROM feed_state WHERE feed = 'iot_mqtt'"


def run(trial: Trial) -> Iterator[FaultRow]:
    payloads, topics = (5_000, 1_000) if trial.quick else (100_000, 10_000)
    start_s = int(time.time()) - 86_400
    sent = [
        (f"city/442000101/water_level/f-{k % _DEVICES}", hostile.payload(trial.random, start_s + k // _DEVICES))
        for k in range(payloads)
    ]
    yield _through_mqtt(f"{NAME}: {payloads:,} payloads", sent, trial)
    made = [hostile.topic(trial.random) for _ in range(topics)]
    good = [(topic, b'{"v":0.1,"ts":%d}' % (start_s + k)) for k, topic in enumerate(made) if hostile.is_sent(topic)]
    yield _through_mqtt(f"{NAME}: {topics:,} hostile topics, those that are delivered", good, trial)
    yield _read([topic for topic in made if not hostile.is_sent(topic)], trial.random)


def _through_mqtt(name: str, sent: list[tuple[str, bytes]], trial: Trial) -> FaultRow:
    folder = trial.room(name)
    broker, database = documented_broker(trial.room(f"{name} broker")), Sqlite(folder / "city.db")
    program = city(folder, database.url, broker, "run")
    try:
        program.start()
        await_status(database, "well")
        sock = connect(broker.host, broker.port, broker.username, broker.password)
        # The broker ends a connection that sends a packet beyond its own limit: none is that large.
        blast(sock, [publish_packet(topic, payload, k % 65535 + 1) for k, (topic, payload) in enumerate(sent)])
        sock.close()
        wait_until(lambda: int(one(database, _ANSWERED) or 0) >= len(sent), "every message to be answered", 120)
        answered, well = int(one(database, _ANSWERED)), status(database) == "well"
        told = database.rows("SELECT accepted, refused, repeated FROM feed_state WHERE feed = 'iot_mqtt'")[0]
        letters = int(one(database, "SELECT count(*) FROM dead_letter"))
        counted = int(one(database, "SELECT sum(n) FROM refusal_count"))
        strange = int(one(database, "SELECT count(*) FROM device WHERE id GLOB '*[^A-Za-z0-9_.:-]*'"))
        bugs = program.log.count("Traceback") + program.log.count("has a bug")
    finally:
        program.end(signal.SIGKILL)
        broker.kill()
    accepted, refused, repeated = (int(n) for n in told)
    checks = (
        (not well, "the feed is not well"),
        (bugs, f"{bugs} bugs in the log"),
        (strange, f"{strange} devices with forbidden names"),
        (letters > _CAP, f"{letters} dead letters"),
        (counted != refused, f"{counted} refusals counted by reason"),
    )
    return FaultRow(
        name,
        len(sent),
        len(sent),
        accepted,
        max(0, len(sent) - answered),
        max(0, answered - len(sent)),
        beside=f"refused {refused:,}, known already {repeated:,}; dead letters kept {letters:,}",
        broken=tuple(words for missed, words in checks if missed),
    )


def _read(topics: list[str], random: Random) -> FaultRow:
    city = small_city()
    reader = JsonReadings(
        [TopicMapping.model_validate(TOPICS)],
        metrics=city.metrics,
        areas=city.tree,
        known_device=lambda _device: None,
        feed="iot_mqtt",
        zone=ZoneInfo(city.tz),
    )
    now_s = int(time.time())
    answers = [
        reader.read(Message(topic, b'{"v":%.2f,"ts":%d}' % (random.random(), now_s), now_s * 1000)) for topic in topics
    ]
    refused = sum(len(answer) == 1 and isinstance(answer[0], Rejected) for answer in answers)
    devices = [item for answer in answers for item in answer if isinstance(item, Device)]
    strange = sum(device.state is not DeviceState.WAITING or not is_device_id(device.id) for device in devices)
    checks = (
        (strange, f"{strange} entered the register or bear a forbidden id"),
        (refused + len(devices) != len(topics), f"{len(topics) - refused - len(devices)} without an answer"),
    )
    return FaultRow(
        f"{NAME}: hostile topics that are never delivered, read without a broker",
        len(topics),
        stored=len(devices),
        lost=sum(not answer for answer in answers),
        beside=f"refused {refused:,}; stored are those that wait for people",
        broken=tuple(words for missed, words in checks if missed),
    )
