"""The MQTT feed against a real broker, with ingest played by a desk that commits when it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from brain.feed import Item, Refused, Unavailable
from brain.model.reading import Reading
from brain.model.reason import Reason
from brain.runtime.broker import EmbeddedBroker
from feeds import iot_mqtt
from feeds.iot_mqtt import Settings, run
from feeds.payloads.json_readings import JsonReadings
from feeds.payloads.message import Message
from tests.feeds.desk import NOW_MS, Desk
from tests.feeds.payloads.conventions.test_sparkplug_b import payload as sparkplug
from tests.feeds.speaker import Speaker
from tests.services.mosquitto import Mosquitto, free_port
from tests.services.waiting import wait_until

FOLDER = Path(__file__).parents[1] / "data" / "feeds" / "iot_mqtt"
both_protocols = pytest.mark.parametrize("protocol", ["5", "3.1.1"])
pytestmark = pytest.mark.broker


def replay(path: Path, desk: Desk) -> list[Item]:
    """What the feed makes of a recorded file; the guard of all feeds calls it."""
    from tests.feeds.payloads.test_json_readings import KNOWN, message

    desk.known[KNOWN.id] = KNOWN
    reader = iot_mqtt.make_reader(settings_of({}), desk.context("iot_mqtt"))
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    return [item for row in rows for item in reader.read(message(row))]


def settings_of(broker: dict[str, Any], **changes: Any) -> Settings:
    stanza = orjson.loads((FOLDER / "settings.json").read_bytes())
    return Settings.model_validate(stanza | {"broker": broker} | changes)


def settings_for(
    mosquitto: Mosquitto, protocol: str = "5", broker: dict[str, Any] | None = None, **more: Any
) -> Settings:
    login = {"username": mosquitto.username, "password": mosquitto.password}
    address = {"host": mosquitto.host, "port": mosquitto.port, "protocol": protocol}
    return settings_of(address | login | (broker or {}), **more)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the store does not confirm is not waited for at the end."""
    monkeypatch.setattr(iot_mqtt, "_PATIENCE_S", 0.01)


class Running:
    """A feed running in a thread, and how it ended."""

    def __init__(self, settings: Settings, desk: Desk, generation: int) -> None:
        self.desk = desk
        self.error: BaseException | None = None
        desk.stopping.clear()
        desk.alive.clear()
        self._thread = threading.Thread(target=self._run, args=(settings, desk.context("iot", generation)))
        self._thread.start()

    def _run(self, settings: Settings, context: Any) -> None:
        try:
            run(settings, context)
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        self.desk.stopping.set()
        self.ended()

    def ended(self) -> BaseException | None:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.error


@contextmanager
def running(settings: Settings, desk: Desk, generation: int = 0) -> Iterator[Running]:
    feed = Running(settings, desk, generation)
    try:
        wait_until(lambda: desk.alive.is_set() or feed.error, "the feed to connect")
        assert feed.error is None
        yield feed
    finally:
        feed.stop()


def levels(count: int, first: int = 0) -> list[tuple[str, bytes]]:
    """One device, one reading each second."""
    return [
        ("city/02001/water/w-1", orjson.dumps({"level_cm": n, "ts": NOW_MS // 1000 - 10_000 + n}))
        for n in range(first, first + count)
    ]


def times(desk: Desk) -> list[int]:
    return [reading.at_ms for reading in desk.readings]


def commit(desk: Desk) -> None:
    held, desk.held = desk.held, []
    for done in held:
        done(True)


@both_protocols
def test_messages_become_readings_in_order(mosquitto: Mosquitto, protocol: str) -> None:
    desk = Desk()
    with running(settings_for(mosquitto, protocol), desk), Speaker(mosquitto) as speaker:
        speaker.say(levels(300))
        wait_until(lambda: len(desk.readings) == 300, "all readings")
    assert [reading.value for reading in desk.readings] == [pytest.approx(n / 100) for n in range(300)]
    assert times(desk) == sorted(times(desk))


@both_protocols
def test_what_was_committed_is_not_delivered_again(mosquitto: Mosquitto, protocol: str) -> None:
    desk = Desk()
    settings = settings_for(mosquitto, protocol)
    with Speaker(mosquitto) as speaker:
        with running(settings, desk):
            speaker.say(levels(50))
            wait_until(lambda: len(desk.readings) == 50, "the first readings")
        speaker.say(levels(10, first=50))  # while the feed is away
        with running(settings, desk, generation=1):
            wait_until(lambda: len(desk.readings) >= 60, "what came meanwhile")
            speaker.say(levels(1, first=60))
            wait_until(lambda: times(desk)[-1] == max(times(desk)) and len(desk.readings) >= 61, "the last one")
    assert len(set(times(desk))) == 61
    assert len(desk.readings) == 61


@pytest.mark.usefixtures("impatient")
@both_protocols
def test_what_was_not_committed_is_delivered_again(mosquitto: Mosquitto, protocol: str) -> None:
    desk = Desk(hold=True)
    settings = settings_for(mosquitto, protocol)
    with Speaker(mosquitto) as speaker, running(settings, desk):
        speaker.say(levels(50))
        wait_until(lambda: len(desk.readings) == 50, "the first delivery")
    again = Desk()
    with running(settings, again, generation=1):
        wait_until(lambda: len(again.readings) == 50, "the second delivery")
    assert times(again) == times(desk)


def without_time(mosquitto: Mosquitto, protocol: str) -> Settings:
    mapping = {
        "pattern": "city/{area}/{kind}/{device}",
        "metrics": [{"metric": "water_level_m", "path": "level_cm", "unit": "cm"}],
        "device": {"register_new": True},
    }
    return settings_for(mosquitto, protocol, topics=[mapping])


@pytest.mark.usefixtures("impatient")
@both_protocols
@pytest.mark.parametrize("killed", [False, True], ids=["reconnected", "restarted"])
def test_what_tells_no_time_counts_when_it_came_first(mosquitto: Mosquitto, protocol: str, killed: bool) -> None:
    desk = Desk(hold=True)
    settings = without_time(mosquitto, protocol)
    with Speaker(mosquitto) as speaker, running(settings, desk):
        speaker.say(levels(50))
        wait_until(lambda: len(desk.readings) == 50, "the first delivery")
    assert len(set(times(desk))) == 50, "in one millisecond, and yet fifty"
    again = Desk(now_ms=NOW_MS + 60_000, cursor=desk.cursor)
    if not killed:
        again.memory, again.cursor = desk.memory, None
    with running(settings, again, generation=1), Speaker(mosquitto) as speaker:
        speaker.say(levels(1))
        wait_until(lambda: len(again.readings) == 51, "the second delivery, and a new one like the first")
    assert times(again)[:50] == times(desk)
    assert times(again)[50] == NOW_MS + 60_000


@pytest.mark.usefixtures("impatient")
@both_protocols
def test_a_late_commit_acknowledges_nothing_on_the_next_connection(mosquitto: Mosquitto, protocol: str) -> None:
    settings = settings_for(mosquitto, protocol)
    first, second, third = Desk(hold=True), Desk(hold=True), Desk()
    with Speaker(mosquitto) as speaker:
        feed = Running(settings, first, 0)
        wait_until(first.alive.is_set, "the feed to connect")
        speaker.say(levels(50))
        wait_until(lambda: len(first.readings) == 50, "the first delivery")
    mosquitto.stop()
    assert isinstance(feed.ended(), Unavailable)
    mosquitto.start()
    with running(settings, second, generation=1):
        wait_until(lambda: len(second.readings) == 50, "the second delivery")
        commit(first)  # the store is slow to say so; the numbers of the messages are in use again
        with Speaker(mosquitto) as speaker:
            speaker.say(levels(1, first=50))
        wait_until(lambda: len(second.readings) == 51, "a sign that the connection took its turn")
    with running(settings, third, generation=2):
        wait_until(lambda: len(third.readings) >= 51, "the third delivery")
    assert set(times(third)) == set(times(second))


@both_protocols
def test_a_stopped_broker_is_told_and_nothing_is_lost(mosquitto: Mosquitto, protocol: str) -> None:
    desk = Desk()
    settings = settings_for(mosquitto, protocol)
    feed = Running(settings, desk, 0)
    wait_until(desk.alive.is_set, "the feed to connect")
    with Speaker(mosquitto) as speaker:
        speaker.say(levels(100))
    mosquitto.stop()
    error = feed.ended()
    assert isinstance(error, Unavailable)
    assert f"{mosquitto.host}:{mosquitto.port}" in str(error)
    mosquitto.start()
    with Speaker(mosquitto) as speaker, running(settings, desk, generation=1):
        speaker.say(levels(100, first=100))
        wait_until(lambda: len(set(times(desk))) == 200, "all readings")
    assert set(times(desk)) == {NOW_MS // 1000 * 1000 - 10_000_000 + n * 1000 for n in range(200)}


@both_protocols
def test_a_slow_store_bounds_what_is_under_way(mosquitto: Mosquitto, protocol: str) -> None:
    desk = Desk(hold=True)
    settings = settings_for(mosquitto, protocol, {"receive_maximum": 20})
    with Speaker(mosquitto) as speaker, running(settings, desk):
        speaker.say(levels(300))
        most = 0
        while len(desk.readings) < 300:
            wait_until(lambda: desk.held or len(desk.readings) == 300, "the next messages")
            under_way = len(desk.readings) - most
            assert under_way <= 20
            most = len(desk.readings)
            commit(desk)
    assert times(desk) == sorted(set(times(desk)))


def test_bad_messages_are_refused_and_not_delivered_again(mosquitto: Mosquitto) -> None:
    desk = Desk()
    settings = settings_for(mosquitto)
    bad = [b"", b"{", b'{"level_cm": NaN}', b"\xff\xfe", b"[" * 3000, b'{"level_cm": 1, "ts": "?"}', b"x" * 70_000]
    with Speaker(mosquitto) as speaker, running(settings, desk):
        speaker.say([("city/02001/water/w-1", payload) for payload in bad] + levels(3) + [("city/02001/w/../x", b"1")])
        wait_until(lambda: len(desk.readings) == 3 and len(desk.rejected) == len(bad), "everything answered")
    assert desk.reasons == {
        Reason.MALFORMED: 2,
        Reason.NOT_A_NUMBER: 1,
        Reason.ENCODING: 1,
        Reason.TOO_DEEP: 1,
        Reason.BAD_TIME: 1,
        Reason.OVERSIZED: 1,
    }
    again = Desk()
    with running(settings, again, generation=1), Speaker(mosquitto) as speaker:
        speaker.say(levels(1, first=99))
        wait_until(lambda: again.readings, "a fresh message")
    assert again.rejected == []


@both_protocols
def test_a_payload_of_megabytes_is_refused_and_its_beginning_kept(mosquitto: Mosquitto, protocol: str) -> None:
    desk = Desk()
    with Speaker(mosquitto) as speaker, running(settings_for(mosquitto, protocol), desk):
        speaker.say([("city/02001/water/w-1", b"x" * 9_000_000), *levels(3)])
        wait_until(lambda: len(desk.readings) == 3 and desk.rejected, "everything answered")
    assert desk.reasons == {Reason.OVERSIZED: 1}
    assert desk.rejected[0].detail.startswith("9000000 bytes")
    assert desk.rejected[0].payload == b"x" * 4096


def test_a_retained_reading_is_refused(mosquitto: Mosquitto) -> None:
    desk = Desk()
    with Speaker(mosquitto) as speaker:
        speaker.say(levels(1), retain=True)
    with running(settings_for(mosquitto), desk):
        wait_until(lambda: desk.rejected, "the retained message")
    assert desk.reasons == {Reason.RETAINED: 1}
    assert desk.readings == []


@both_protocols
def test_a_wrong_login_needs_a_person(mosquitto: Mosquitto, protocol: str) -> None:
    feed = Running(settings_for(mosquitto, protocol, {"password": "wrong"}), Desk(), 0)
    error = feed.ended()
    assert isinstance(error, Refused)
    assert "refuses the connection: Not authorized" in str(error)
    assert "wrong" not in str(error)


def test_an_absent_broker_is_unavailable() -> None:
    settings = settings_of({"host": "127.0.0.1", "port": free_port()})
    assert isinstance(error := Running(settings, Desk(), 0).ended(), Unavailable)
    assert "Connection refused" in str(error)


def test_no_topics_needs_a_person() -> None:
    assert isinstance(Running(settings_of({"host": "127.0.0.1"}, topics=[]), Desk(), 0).ended(), Refused)


@both_protocols  # a message that the access list denies is refused (5) or vanishes (3.1.1)
def test_a_subscription_that_delivers_nothing_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setattr(iot_mqtt, "_CANARY_S", 0.2)
    access = tmp_path / "access"
    # Everything may be read but our own message.
    access.write_text("user city\ntopic readwrite #\ntopic deny citybrain/#\n")
    access.chmod(0o644)
    mosquitto = Mosquitto(tmp_path, extra=f"acl_file {access}")
    try:
        error = Running(settings_for(mosquitto, protocol), Desk(), 0).ended()
    finally:
        mosquitto.kill()
    if protocol == "5":
        assert isinstance(error, Refused)
        assert "does not let us write to citybrain/canary/citybrain-iot" in str(error)
    else:
        assert isinstance(error, Unavailable)
        assert "may we write and read citybrain/canary/citybrain-iot?" in str(error)


def test_the_drop_counter_of_the_broker_is_watched(mosquitto: Mosquitto) -> None:
    desk = Desk()
    with running(settings_for(mosquitto), desk):
        wait_until(lambda: desk.notes and desk.notes[-1] == "", "a counter that says none")


def test_the_embedded_broker_serves_the_feed_and_says_that_drops_are_not_watched() -> None:
    embedded = EmbeddedBroker({"city": "not-a-real-password"})
    embedded.start()
    desk = Desk()
    login = {"username": "city", "password": "not-a-real-password", "protocol": "3.1.1"}
    try:
        with running(settings_of({"host": embedded.host, "port": embedded.port} | login), desk):
            assert wait_until(lambda: desk.notes, "a note")[-1] == "note.unwatched"
            _publish_311(embedded, levels(20))
            wait_until(lambda: len(desk.readings) == 20, "all readings")
    finally:
        embedded.stop()


def _publish_311(broker: EmbeddedBroker, messages: list[tuple[str, bytes]]) -> None:
    from paho.mqtt.client import Client, MQTTv311
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2, "speaker", protocol=MQTTv311)
    client.username_pw_set("city", "not-a-real-password")
    client.connect(broker.host, broker.port)
    client.loop_start()
    for topic, payload in messages:
        client.publish(topic, payload, qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def certificates(tmp_path: Path) -> dict[str, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test broker")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = {"certificate": tmp_path / "broker.pem", "key": tmp_path / "broker.key"}
    files["certificate"].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files["key"].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


@pytest.fixture
def secure(tmp_path: Path, certificates: dict[str, Path]) -> Iterator[Mosquitto]:
    """A broker that speaks TLS on `port`."""
    port = free_port()
    listener = [
        f"listener {port} 127.0.0.1",
        f"certfile {certificates['certificate']}",
        f"keyfile {certificates['key']}",
    ]
    broker = Mosquitto(tmp_path, extra="\n".join(listener))
    broker.port, plain = port, broker.port
    yield broker
    broker.port = plain
    broker.kill()


def test_readings_come_over_tls(secure: Mosquitto, certificates: dict[str, Path]) -> None:
    desk = Desk()
    tls = {"tls": {"ca_file": str(certificates["certificate"])}}
    with running(settings_for(secure, "5", tls), desk):
        _publish_tls(secure, certificates["certificate"], levels(500))
        wait_until(lambda: len(desk.readings) == 500, "all readings")


def _publish_tls(broker: Mosquitto, authority: Path, messages: list[tuple[str, bytes]]) -> None:
    from feeds.payloads.mqtt_link import MqttLink

    tls = {"tls": {"ca_file": str(authority)}}
    with MqttLink(settings_for(broker, "5", tls).broker, "speaker", lambda _messages: None, lasting=False) as link:
        link.open()
        waiting = {link.publish(topic, payload) for topic, payload in messages}
        while waiting:
            link.turn(1.0, 10)
            waiting = {mid for mid in waiting if link.confirmed(mid) is None}


def test_a_certificate_nobody_vouches_for_needs_a_person(secure: Mosquitto) -> None:
    error = Running(settings_for(secure, "5", {"tls": {}}), Desk(), 0).ended()
    assert isinstance(error, Refused)
    assert "certificate is not trusted" in str(error)


def test_a_missing_certificate_file_needs_a_person(secure: Mosquitto) -> None:
    error = Running(settings_for(secure, "5", {"tls": {"ca_file": "/nowhere/ca.pem"}}), Desk(), 0).ended()
    assert isinstance(error, Refused)
    assert "cannot be read" in str(error)


def test_a_reader_that_breaks_ends_the_connection(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_self: object, _message: Message) -> list[Item]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(JsonReadings, "read", breaks)
    desk = Desk()
    feed = Running(settings_for(mosquitto), desk, 0)
    wait_until(desk.alive.is_set, "the feed to connect")
    with Speaker(mosquitto) as speaker:
        speaker.say(levels(1))
        error = feed.ended()
    assert isinstance(error, RuntimeError)


def test_a_store_that_refuses_ends_the_connection_and_keeps_the_messages(mosquitto: Mosquitto) -> None:
    desk = Desk(hold=True)
    settings = settings_for(mosquitto)
    feed = Running(settings, desk, 0)
    wait_until(desk.alive.is_set, "the feed to connect")
    with Speaker(mosquitto) as speaker:
        speaker.say(levels(5))
    wait_until(lambda: len(desk.readings) == 5, "the readings")
    for done in desk.held:
        done(False)
    assert isinstance(feed.ended(), Unavailable)
    again = Desk()
    with running(settings, again, generation=1):
        wait_until(lambda: len(again.readings) == 5, "the second delivery")


def test_all_readings_are_of_the_device_in_the_topic(mosquitto: Mosquitto) -> None:
    desk = Desk()
    with Speaker(mosquitto) as speaker, running(settings_for(mosquitto), desk):
        speaker.say([(f"city/02001/water/w-{n}", b'{"level_cm": 1, "id": "w-1"}') for n in range(1, 4)])
        wait_until(lambda: len(desk.readings) + len(desk.rejected) == 3, "everything answered")
    assert [type(item) is Reading and item.device_id for item in desk.readings] == ["w-1"]
    assert desk.reasons == {Reason.TOPIC: 2}


def test_a_node_whose_birth_was_missed_is_asked_for_it_and_the_gap_is_told(mosquitto: Mosquitto) -> None:
    desk, asked = Desk(), threading.Event()
    stanza = {"sparkplug_b": {"kind": "air", "area": "02001", "metrics": {"temperature": "air_temperature_c"}}}
    data = sparkplug({"name": "temperature", "value": 20.0}, seq=5)
    node = Client(CallbackAPIVersion.VERSION2, "node", protocol=MQTTProtocolVersion.MQTTv5)
    node.username_pw_set(mosquitto.username, mosquitto.password)
    node.on_message = lambda _client, _data, message: (
        asked.set() if b"Node Control/Rebirth" in message.payload else None
    )
    node.connect(mosquitto.host, mosquitto.port)
    node.subscribe("spBv1.0/plant/NCMD/node")
    node.loop_start()
    try:
        with running(settings_for(mosquitto, topics=[], conventions=stanza), desk), Speaker(mosquitto) as speaker:
            speaker.say([("spBv1.0/plant/NDATA/node", data)])
            wait_until(asked.is_set, "the wish for a birth")
    finally:
        node.disconnect()
        node.loop_stop()
    assert [reading.value for reading in desk.readings] == [20.0]
