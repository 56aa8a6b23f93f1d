"""The time that one thing of a message says, or why it cannot be taken."""

from datetime import tzinfo

from brain.model.reason import Reason
from feeds.payloads.refusal import Refusal
from feeds.payloads.times import BadTime, TimeForm, device_time


def said_time(where: str, said: object, form: TimeForm, zone: tzinfo) -> int:
    """Epoch ms UTC. `where` it stands, for the refusal; `zone` is for ISO text without one. Raises Refusal."""
    try:
        return device_time(said, form, zone)
    except BadTime as error:
        raise Refusal(Reason.BAD_TIME, f"{where}: {error}") from error
