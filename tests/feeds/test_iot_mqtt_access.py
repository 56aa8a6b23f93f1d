"""Who may connect to a real mosquitto with TLS, passwords and an access list, and what is said to who may not."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from brain.feed import FeedError, Refused, Unavailable
from brain.model.reason import Why
from feeds import iot_mqtt
from feeds.payloads.mqtt_link import MqttLink
from tests.feeds.desk import Desk
from tests.feeds.test_iot_mqtt import Running, both_protocols, settings_for
from tests.services.mosquitto import Mosquitto, free_port
from tests.services.waiting import wait_until

pytestmark = pytest.mark.broker
DAY = timedelta(days=1)


class Authority:
    """A certificate authority of the tests, and what it signs: (certificate, key) as files."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = self._called(name)
        self._certificate = self._build(subject, subject, self._key.public_key(), DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._certificate.sign(self._key, hashes.SHA256()).public_bytes(_PEM))

    def sign(self, name: str, address: str = "127.0.0.1", until: timedelta = DAY) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        place = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        made = self._build(self._called(name), self._called(self._name), key.public_key(), until)
        certificate, secret = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        signed = made.add_extension(place, critical=False).sign(self._key, hashes.SHA256())
        certificate.write_bytes(signed.public_bytes(_PEM))
        form = serialization.PrivateFormat.PKCS8
        secret.write_bytes(key.private_bytes(_PEM, form, serialization.NoEncryption()))
        return certificate, secret

    def _build(self, subject: x509.Name, issuer: x509.Name, key: Any, until: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + until)
        )

    def _called(self, name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


_PEM = serialization.Encoding.PEM
ACL = """\
user city
topic readwrite #
user mute
topic read #
topic read $SYS/#
user deaf
topic write #
"""


class Guarded:
    """One broker, reached by ports with a certificate each."""

    def __init__(self, folder: Path) -> None:
        self.authority, self.stranger = Authority(folder, "authority"), Authority(folder, "stranger")
        served = {
            "good": self.authority.sign("good"),
            "elsewhere": self.authority.sign("elsewhere", "127.0.0.9"),
            "expired": self.authority.sign("expired", until=-DAY),
            "mutual": self.authority.sign("mutual"),
        }
        self.ours, self.others = self.authority.sign("cockpit"), self.stranger.sign("somebody")
        self.ports = {name: free_port() for name in served}
        (folder / "acl").write_text(ACL)
        lines = [f"acl_file {folder / 'acl'}"]
        for name, (certificate, key) in served.items():
            lines += [f"listener {self.ports[name]} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}"]
        lines += [f"cafile {self.authority.file}", "require_certificate true"]
        self.broker = Mosquitto(folder, "\n".join(lines), ("mute", "deaf"))
        wait_until(lambda: all(map(self._listens, self.ports.values())), "all ports to be open")

    def _listens(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((self.broker.host, port)) == 0

    def settings(self, port: str, protocol: str = "5", **tls: Any) -> iot_mqtt.Settings:
        given = {"ca_file": str(self.authority.file)} | {name: str(path) for name, path in tls.items()}
        return settings_for(self.broker, protocol, {"port": self.ports[port], "tls": given})

    def told(self, port: str, protocol: str = "5", **tls: Any) -> tuple[type[FeedError], Why, str]:
        error = Running(self.settings(port, protocol, **tls), Desk(), 0).ended()
        assert isinstance(error, FeedError)
        return type(error), error.why, str(error)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    made = Guarded(tmp_path_factory.mktemp("guarded"))
    yield made
    made.broker.kill()


def connects(settings: iot_mqtt.Settings) -> None:
    desk = Desk()
    running = Running(settings, desk, 0)
    wait_until(lambda: desk.alive.is_set() or running.error, "the feed to connect")
    assert running.error is None
    running.stop()


def test_the_right_authority_connects(guarded: Guarded) -> None:
    connects(guarded.settings("good"))


@both_protocols
def test_our_own_certificate_connects_where_one_is_wanted(guarded: Guarded, protocol: str) -> None:
    certificate, key = guarded.ours
    connects(guarded.settings("mutual", protocol, certificate_file=certificate, key_file=key))


@pytest.mark.parametrize(
    ("port", "words"),
    [("elsewhere", "IP address mismatch"), ("expired", "certificate has expired")],
)
def test_a_certificate_for_another_place_or_time_needs_a_person(guarded: Guarded, port: str, words: str) -> None:
    kind, why, text = guarded.told(port)
    assert (kind, why) == (Refused, Why.CERTIFICATE)
    assert words in text


def test_a_wrong_authority_needs_a_person(guarded: Guarded) -> None:
    kind, why, text = guarded.told("good", ca_file=guarded.stranger.file)
    assert (kind, why) == (Refused, Why.CERTIFICATE)
    assert "is not trusted" in text


@both_protocols
@pytest.mark.parametrize("whose", ["nobody's", "a stranger's"])
def test_without_a_certificate_that_is_wanted_a_person_is_told_which_key(
    guarded: Guarded, protocol: str, whose: str
) -> None:
    tls = {} if whose == "nobody's" else dict(zip(("certificate_file", "key_file"), guarded.others, strict=True))
    kind, why, text = guarded.told("mutual", protocol, **tls)
    assert (kind, why) == (Refused, Why.CERTIFICATE)
    assert "see tls.certificate_file" in text


def test_who_may_not_write_the_canary_is_told_so(guarded: Guarded) -> None:
    error = Running(settings_for(guarded.broker, "5", {"username": "mute"}), Desk(), 0).ended()
    assert isinstance(error, Refused)
    assert "does not let us write to citybrain/canary/citybrain-iot (Not authorized)" in str(error)


@both_protocols
def test_who_may_not_read_is_told_that_nothing_is_delivered(
    guarded: Guarded, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # mosquitto grants every subscription, whatever its access list says, and delivers nothing.
    monkeypatch.setattr(iot_mqtt, "_CANARY_S", 0.3)
    error = Running(settings_for(guarded.broker, protocol, {"username": "deaf"}), Desk(), 0).ended()
    assert isinstance(error, Unavailable)
    assert "may we write and read citybrain/canary/citybrain-iot?" in str(error)


def test_a_subscription_that_is_not_granted_is_named(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MqttLink, "subscribe", lambda _self, filters, qos: list(filters))
    error = Running(settings_for(guarded.broker), Desk(), 0).ended()
    assert isinstance(error, Refused)
    assert "does not let us subscribe to" in str(error)
