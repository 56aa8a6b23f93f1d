"""How a JSON body of a video or AI platform becomes events: the `shapes` of config.yaml, one for each vendor's."""

from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from brain.feed import EventKind, PushSettings
from feeds.payloads.http_source import Host, authority
from feeds.payloads.json_mapping import PathText, Stanza
from feeds.payloads.times import TimeForm


class Others(StrEnum):
    REFUSE = "refuse"
    SKIP = "skip"


def _checked_base(text: str) -> str:
    authority(text)
    if not text.endswith("/"):
        raise ValueError(f"{text} does not end with / | write it like https://vms.example.gov.cn/pictures/")
    return text


Base = Annotated[str, AfterValidator(_checked_base)]


class EventShape(Stanza):
    """One vendor's shape. A body is read by the first shape whose kind and device are found in it."""

    each: PathText | None = Field(default=None, description="A list of events; the paths then start at an event.")
    kind: PathText = Field(description="Where the kind stands.")
    kinds: dict[str, EventKind] = Field(min_length=1, description="Kind as sent: kind that event rules ask for.")
    others: Others = Field(default=Others.REFUSE, description="Kinds that are not listed: refuse or skip.")
    device: PathText = Field(description="Where the camera's id stands.")
    device_prefix: str = Field(default="", description="Put before that id to make the register's, such as cam-.")
    time: PathText = Field(description="Where the time stands, in the event or else in the whole body.")
    time_form: TimeForm = Field(default=TimeForm.AUTO, description="s, ms, iso, or auto.")
    id: PathText | None = Field(default=None, description="Where the event's own id stands.")
    confidence: PathText | None = Field(default=None, description="Where the confidence stands.")
    confidence_full: float = Field(default=1.0, gt=0, description="Number that means wholly sure: 1, or 100.")
    picture: PathText | None = Field(default=None, description="Where the link to a picture stands.")
    picture_base: Base | None = Field(default=None, description="Address that links without a host begin at.")
    text: PathText | None = Field(default=None, description="Where words about it stand; kept masked, on no wall.")


class EventSettings(PushSettings):
    """The stanza of a feed of events."""

    stale_after_s: float = Field(default=604_800, gt=0, description="Seconds without an event until it is stale.")
    shapes: tuple[EventShape, ...] = Field(min_length=1, description="How bodies are read: the first that fits.")
    picture_hosts: tuple[Host, ...] = Field(default=(), description="Hosts that links to pictures may lead to.")

    @model_validator(mode="after")
    def _bases_are_listed(self) -> Self:
        for shape in self.shapes:
            if shape.picture_base is not None and not is_listed(shape.picture_base, self.picture_hosts):
                raise ValueError("picture_base is of a host that is not listed | add it to picture_hosts")
        return self


def is_listed(link: str, hosts: tuple[str, ...]) -> bool:
    """Whether a link may be shown: plain http or https, without a login, to one of the hosts at its usual port or to
    one of host:port."""
    try:
        parts = urlsplit(link)
        asked = authority(link)
        return (
            link.isascii()
            and link.isprintable()
            and " " not in link
            and parts.username is None
            and any(asked == authority(f"{parts.scheme}://{host}/") for host in hosts)
        )
    except ValueError:
        return False
