"""Which names the cockpit answers to, and which pages may make a browser act."""

import ipaddress
from urllib.parse import urlsplit

from dashboard.web.shell import AccessSettings

_ANY = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound to


def is_loopback(host: str) -> bool:
    """Whether a host name or address, without port, is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_name(host_header: str) -> str:
    """The name in a Host header, without port; "" for what is none."""
    try:
        return (urlsplit(f"//{host_header}").hostname or "").lower()
    except ValueError:
        return ""


def may_bind(host: str, accounts: int) -> bool:
    """Whether the server may listen on `host`: beyond this machine only once somebody can log in."""
    return accounts > 0 or is_loopback(host)


class Origins:
    """Checks Host and Origin headers."""

    def __init__(self, settings: AccessSettings) -> None:
        self._own = {name for name in (host_name(urlsplit(o).netloc) for o in settings.origins) if name}
        self._bound = settings.host.lower()
        self._any = not self._own and not is_loopback(self._bound)

    def knows_host(self, host_header: str) -> bool:
        """A page of another name that points here (DNS rebinding) is not us."""
        name = host_name(host_header)
        if not name:
            return False
        return self._any or is_loopback(name) or name in self._own or name == self._bound

    def same(self, origin: str | None, host_header: str) -> bool:
        """Whether a request that changes something comes from one of our own pages. Browsers always name the origin."""
        if not origin:
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host_header.lower()
