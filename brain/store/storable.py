"""Text from outside in a form that both databases take."""


def storable(text: str, limit: int) -> str:
    """At most `limit` characters; what no database stores (NUL, halves of surrogate pairs) becomes U+FFFD."""
    cut = text[:limit]
    return cut.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")[:limit]
