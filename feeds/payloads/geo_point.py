"""A place as interfaces send it: GeoJSON geometry or feature, in WGS-84."""

from collections.abc import Iterator

from feeds.payloads.numbers import NotANumber, to_number

_MOST = 5000  # positions that are looked at


def point_of(place: object) -> tuple[float, float] | None:
    """(lon, lat): of a point itself, of anything else the middle of its positions; None for what is no place."""
    if not isinstance(place, dict):
        return None
    if place.get("type") == "Feature":
        return point_of(place.get("geometry"))
    found: list[tuple[float, float]] = []
    for position in _positions(place.get("coordinates"), 0):
        found.append(position)
        if len(found) == _MOST:
            break
    if not found:
        return None
    lon, lat = (sum(position[axis] for position in found) / len(found) for axis in (0, 1))
    return (lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None


def _positions(listed: object, depth: int) -> Iterator[tuple[float, float]]:
    if not isinstance(listed, list) or depth > 4:
        return
    if len(listed) >= 2 and not any(isinstance(part, list) for part in listed):
        try:
            lon, lat = to_number(listed[0]), to_number(listed[1])
        except NotANumber:
            return
        if lon is not None and lat is not None:
            yield lon, lat
        return
    for part in listed:
        yield from _positions(part, depth + 1)
