"""Headers that tell browsers what our pages may do: load and ask from here only, be framed nowhere."""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]


def security_headers(csp_hashes: Iterable[str]) -> Headers:
    """`csp_hashes` are of the few inline scripts Dash cannot do without. Styles are inline wherever plotly draws."""
    policy = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", *sorted(set(csp_hashes)))),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    found = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
    return [(name.encode(), value.encode()) for name, value in found.items()]


TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
NO_STORE = (b"cache-control", b"no-store")
