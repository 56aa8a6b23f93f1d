"""Why an item was refused: the short codes of dead letters, each with a catalogue text `reason.<code>`."""

from enum import StrEnum


class Reason(StrEnum):
    MALFORMED = "malformed"  # not JSON, not the declared format
    OVERSIZED = "oversized"
    ENCODING = "encoding"  # not the declared character set
    NOT_A_NUMBER = "not_a_number"  # NaN, Infinity, text where a number belongs
    TOO_DEEP = "too_deep"
    FUTURE = "future"  # later than the acceptance window
    TOO_OLD = "too_old"  # earlier than the acceptance window
    BAD_TIME = "bad_time"
    TOPIC = "topic"  # outside the topic pattern
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_METRIC = "unknown_metric"
    UNKNOWN_AREA = "unknown_area"
    UNKNOWN_INDICATOR = "unknown_indicator"
    MISSING_FIELD = "missing_field"
    BAD_FIELD = "bad_field"
    NOT_ACTUAL = "not_actual"  # a test, an exercise, or not meant for everybody
    RETAINED = "retained"  # a retained reading replays an old value as new
    STORE = "store"  # the store refused this one item


class Why(StrEnum):
    """What is in the way of a feed, as the catalogues say it in both languages (kit.cause.<why>)."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"  # connected, but no answer
    FILE = "file"  # not there, or not to be read
    ACCESS = "access"
    CERTIFICATE = "certificate"
    SETTINGS = "settings"
    CONTENT = "content"
    STORE = "store"
    BUG = "bug"
