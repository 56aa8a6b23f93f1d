"""Topics below a base: `zigbee2mqtt/...`, or `bridge/{area}/...` where a level names the area."""

from feeds.payloads.topics import compile_topic


class Below:
    """What stands below the base."""

    def __init__(self, base: str) -> None:
        self._head = compile_topic(f"{base}/#")
        self._levels = base.count("/") + 1
        self.filter = "/".join(compile_topic(base).filter.split("/"))

    def read(self, topic: str) -> tuple[str | None, str] | None:
        """(area, the rest), None for a topic that is not below it."""
        names = self._head.read(topic)
        parts = topic.split("/", self._levels)
        if names is None or len(parts) <= self._levels or not parts[-1]:
            return None
        return names.get("area"), parts[-1]
