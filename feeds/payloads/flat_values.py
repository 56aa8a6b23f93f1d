"""Numbers and texts of nested JSON objects, each with its place as a dotted name."""

from collections.abc import Iterator

_DEEPEST = 6
MOST = 500  # of one message


def flat(document: object, above: str = "", depth: int = 0) -> Iterator[tuple[str, str, object]]:
    """(dotted name, last name, value) of what is no object; of lists by number. At most MOST."""
    if depth == 0:
        for n, found in enumerate(flat(document, above, 1)):
            if n >= MOST:
                return
            yield found
        return
    pairs: Iterator[tuple[str, object]]
    if isinstance(document, dict):
        pairs = iter(document.items())
    elif isinstance(document, list):
        pairs = ((str(n), part) for n, part in enumerate(document))
    else:
        return
    for name, value in pairs:
        place = f"{above}.{name}" if above else name
        if not isinstance(value, (dict, list)):
            yield place, name, value
        elif depth < _DEEPEST:
            yield from flat(value, place, depth + 1)
