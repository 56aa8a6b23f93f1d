"""Who may push to /in/<feed>: machines with a token instead of a session."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dashboard.access.rate import Rate

_BEARER = "Bearer "
_SHA256 = "sha256="


@dataclass(frozen=True, slots=True)
class PushKey:
    """How the senders of one feed prove who they are, and how much they may send. `signing_key` "": unsigned."""

    token: str = field(repr=False)
    token_header: str = "Authorization"  # noqa: S105 - its name, not what it holds
    signing_key: str = field(default="", repr=False)
    signature_header: str = "X-Hub-Signature-256"
    body_limit_bytes: int = 10_485_760
    per_minute: int = 600


class Senders:
    """Checks what comes to the inboxes. Header names arrive in small letters."""

    def __init__(self, keys: Mapping[str, PushKey], monotonic_s: Callable[[], float]) -> None:
        self._keys = keys
        self._rates = {feed: Rate(key.per_minute, monotonic_s) for feed, key in keys.items()}

    def has_token(self, feed: str, headers: Mapping[str, str]) -> bool:
        """False also for a feed that is not there."""
        key = self._keys.get(feed)
        if key is None or not key.token:
            return False
        given = headers.get(key.token_header.lower(), "")
        if key.token_header.lower() == "authorization":
            given = given.removeprefix(_BEARER)
        return hmac.compare_digest(given.encode(), key.token.encode())

    def may_come(self, feed: str) -> bool:
        """Whether the feed takes another body this minute. Only of senders with a token: others must not use it up."""
        return self._rates[feed].allows(feed)

    def has_signed(self, feed: str, headers: Mapping[str, str], body: bytes) -> bool:
        key = self._keys[feed]
        if not key.signing_key:
            return True
        made = hmac.new(key.signing_key.encode(), body, hashlib.sha256).hexdigest()
        given = headers.get(key.signature_header.lower(), "").removeprefix(_SHA256)
        return hmac.compare_digest(given.lower().encode(), made.encode())

    def body_limit(self, feed: str) -> int:
        return self._keys[feed].body_limit_bytes
