"""How to reach an MQTT broker: the `broker` stanza that MQTT feeds share."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from feeds.payloads.json_mapping import Stanza


class Tls(Stanza):
    ca_file: Path | None = Field(default=None, description="Certificate authority; empty: the system's.")
    certificate_file: Path | None = Field(default=None, description="Own certificate, where the broker wants one.")
    key_file: Path | None = Field(default=None, description="Key of the own certificate.")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together | give both or neither")
        return self


class Broker(Stanza):
    """An empty host means the embedded broker: the program fills in host, port, login and protocol before the start."""

    host: str = Field(default="", description="Name or address; empty: the embedded broker.")
    port: int = Field(default=1883, ge=1, le=65_535, description="1883, or 8883 with TLS.")
    protocol: Literal["5", "3.1.1"] = Field(default="5", description="MQTT version; older RabbitMQ and NATS: 3.1.1.")
    username: str = Field(default="", description="Login; empty: none.")
    password: SecretStr = Field(default=SecretStr(""), description="Password, such as ${MQTT_PASSWORD}.")
    client_id: str = Field(default="", description="Name of the session; empty: made from the feed's name.")
    keepalive_s: int = Field(default=30, ge=5, le=3600, description="Seconds of silence before a ping.")
    session_expiry_s: int = Field(default=604_800, ge=0, description="How long the broker keeps our messages, seconds.")
    receive_maximum: int = Field(default=20_000, ge=1, le=65_535, description="Messages under way and not yet stored.")
    connect_timeout_s: float = Field(default=10, gt=0, description="Seconds to wait for the broker's answer.")
    tls: Tls | None = Field(default=None, description="Set (it may be {}) to speak TLS.")

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"
