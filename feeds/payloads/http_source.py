"""Where an HTTP feed asks and how it proves who it is: the `http` stanza that HTTP feeds share."""

import ipaddress
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from feeds.payloads.json_mapping import Stanza

_PORTS = {"http": 80, "https": 443}
_HEADER = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
_OURS = ("host", "authorization", "accept-encoding", "content-length", "transfer-encoding", "connection")


def authority(url: str) -> str:
    """host:port of an address, the port always said. Raises ValueError for what is no http or https address."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("no http or https address | write it like https://api.example.gov.cn/v1/items")
    return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}"


def shown(url: str) -> str:
    """An address for reports: what follows the ? may hold a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"[:200]


def checked_url(url: str) -> str:
    """Raises ValueError for what is no address that can be asked, or holds a login."""
    parts = urlsplit(url)
    authority(url)
    if not url.isascii() or any(character.isspace() for character in url):
        raise ValueError("an address has plain letters and no blanks | write others as %E4%B8%AD, host names as xn--")
    if parts.username or parts.password:
        raise ValueError("a login does not belong into the address | give user and password")
    return url


def _checked_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(f"{text} is no network ({error}) | write it like 10.20.0.0/16") from error


def _checked_host(text: str) -> str:
    host, _, port = text.partition(":")
    if not host or host != host.lower() or "/" in host or (port and not port.isdigit()):
        raise ValueError(f"{text} is no host | write it like data.example.gov.cn or data.example.gov.cn:8443")
    return text


UrlText = Annotated[str, AfterValidator(checked_url)]
Network = Annotated[str, AfterValidator(_checked_network)]
Host = Annotated[str, AfterValidator(_checked_host)]


class HttpSource(Stanza):
    """One address and what may be reached from it. Only its own host is asked, and those of `hosts`."""

    url: UrlText = Field(description="The address, http or https.")
    hosts: tuple[Host, ...] = Field(
        default=(), description="Further hosts that links may lead to; no secret goes there."
    )
    networks: tuple[Network, ...] = Field(
        default=(), description="Private networks that may be reached, such as 10.20.0.0/16; else only public ones."
    )
    bearer: SecretStr = Field(default=SecretStr(""), description="Token, such as ${API_TOKEN}.")
    user: str = Field(default="", description="Login (basic authentication).")
    password: SecretStr = Field(default=SecretStr(""), description="Password, such as ${API_PASSWORD}.")
    headers: dict[str, SecretStr] = Field(default={}, description="Further headers, such as X-Api-Key: ${API_KEY}.")
    ca_file: Path | None = Field(default=None, description="Certificate authority; empty: the system's.")
    timeout_s: float = Field(default=10, gt=0, le=120, description="Longest time of a request, answer included.")
    max_bytes: int = Field(default=10_485_760, ge=64, description="Larger answers are refused.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.bearer.get_secret_value() and self.user:
            raise ValueError("bearer and user exclude each other | keep one")
        for name, value in self.headers.items():
            if not name or set(name) - set(_HEADER) or name.lower() in _OURS:
                raise ValueError(f"header {name[:40]!r} cannot be set | use bearer or user, or another name")
            if not value.get_secret_value().isascii() or not value.get_secret_value().isprintable():
                raise ValueError(f"header {name} has characters that headers cannot have | use plain letters")
        return self

    def allows(self, url: str) -> bool:
        """Whether the address is of a host that may be asked. https is never left for http."""
        try:
            asked = authority(url)
        except ValueError:
            return False
        if urlsplit(self.url).scheme == "https" and urlsplit(url).scheme != "https":
            return False
        return asked == authority(self.url) or asked in {_with_port(host, url) for host in self.hosts}

    def is_own(self, url: str) -> bool:
        """Whether secrets may go there."""
        return authority(url) == authority(self.url)


def _with_port(host: str, url: str) -> str:
    return host if ":" in host else f"{host}:{_PORTS[urlsplit(url).scheme]}"
