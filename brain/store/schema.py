"""The tables. Big tables have application-made keys that start with the device or area and contain the time, so that
TimescaleDB and Citus stay open: no triggers, sequences or foreign keys on them. Times are epoch ms UTC."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData()

Ms = BigInteger

DAYS = "days"
"""In a table's `info`: how PostgreSQL keeps it in days, see postgresql_days.py."""


@dataclass(frozen=True, slots=True)
class Days:
    """`at` is the column of the moments, `of` the table that is cut; `only` rows with this value are in it."""

    at: str
    of: str
    only: tuple[str, int] | None = None


def _table(name: str, *args: Column | Index | PrimaryKeyConstraint, **cut: Any) -> Table:  # type: ignore[type-arg]
    # WITHOUT ROWID: the primary key is the table on SQLite, as the big tables are only read along their key.
    return Table(name, metadata, *args, sqlite_with_rowid=False, **cut)


# --- control -----------------------------------------------------------------------------------------------------
meta = _table("meta", Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))

version = _table(  # one row per (input, area): what changed last; panels are cached by it
    "version",
    Column("input", String(32), primary_key=True),
    Column("area_id", String(64), primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("changed_ms", Ms, nullable=False),  # real time, for housekeeping only
)

job_claim = _table(  # the scheduler runs each slot once: inserted in the result's own transaction
    "job_claim",
    Column("job", String(64), primary_key=True),
    Column("slot_ms", Ms, primary_key=True),
    Column("claimed_by", String(128), nullable=False),
)

# --- readings ----------------------------------------------------------------------------------------------------
device = _table(
    "device",
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("name", String(128), nullable=False),
    Column("area_id", String(64), nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("interval_s", Integer, nullable=False),
    Column("feed", String(64), nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Column("state", String(16), nullable=False, default="active"),
    Column("state_since_ms", Ms),  # null: since it became known
    Column("state_until_ms", Ms),  # then it is in service again; null: until somebody says so
    Column("state_by", String(64)),
    Column("state_why", String(256)),
    Column("kept", Boolean, nullable=False, default=False, server_default=false()),  # settled by people, not its feed
    Column("created_ms", Ms, nullable=False),
    Column("last_reported_ms", Ms),  # any accepted message, even with the same value
    Column("last_changed_ms", Ms),  # a value differed from the one before
    Column("offline_ms", Ms),  # since when it is said to be gone; null: nobody says so. A later report says otherwise
    Index("device_by_area", "area_id", "kind"),
)

waiting_device = _table(  # spoke, but is not in the register; gone once it is and its readings are stored
    "waiting_device",
    Column("feed", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),  # what it says of itself; "" and null: nothing
    Column("name", String(128), nullable=False),
    Column("area_id", String(64), nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("interval_s", Integer),
    Column("first_ms", Ms, nullable=False),
    Column("last_ms", Ms, nullable=False),
    Column("held", Integer, nullable=False),
    Column("beyond", BigInteger, nullable=False),  # readings that came when there was no room
    Column("rejected_by", String(64)),
    Column("rejected_ms", Ms),  # null: waits
)

waiting_reading = _table(
    "waiting_reading",
    Column("feed", String(64), primary_key=True),
    Column("device_id", String(64), primary_key=True),
    Column("metric", String(48), primary_key=True),
    Column("at_ms", Ms, primary_key=True),
    Column("value", Double),
    Column("received_ms", Ms, nullable=False),
)

reading = _table(
    "reading",
    Column("device_id", String(64)),
    Column("metric", String(48)),
    Column("at_ms", Ms),
    Column("value", Double),  # null = measured but bad
    Column("received_ms", Ms, nullable=False),
    # With the value: on PostgreSQL a device's rows lie far apart, and its history is read from the key alone.
    PrimaryKeyConstraint("device_id", "metric", "at_ms", postgresql_include=["value"]),
    postgresql_partition_by="RANGE (at_ms)",
    info={DAYS: Days("at_ms", "reading")},
)

latest = _table(  # the newest reading of each device and metric; never moved backwards by a late one
    "latest",
    Column("device_id", String(64), primary_key=True),
    Column("metric", String(48), primary_key=True),
    Column("at_ms", Ms, nullable=False),
    Column("value", Double),
    Column("received_ms", Ms, nullable=False),
)

reading_rollup = _table(  # interval (end - span, end], stamped at its end; of really new rows only
    "reading_rollup",
    Column("device_id", String(64), primary_key=True),
    Column("metric", String(48), primary_key=True),
    Column("span_s", Integer, primary_key=True),  # 300, 3600, 86400 (days in the city's zone)
    Column("end_ms", Ms, primary_key=True),
    Column("count", BigInteger, nullable=False),  # good values
    Column("bad", BigInteger, nullable=False),  # rows with null value
    Column("sum", Double, nullable=False),
    Column("min", Double),
    Column("max", Double),
    Column("last", Double),
    Column("last_ms", Ms, nullable=False),
    postgresql_partition_by="LIST (span_s)",
    info={DAYS: Days("end_ms", "reading_rollup_5min", ("span_s", 300))},
)

area_rollup = _table(  # mean over devices of an area (and below), made by the scheduler from dirty buckets
    "area_rollup",
    Column("area_id", String(64), primary_key=True),
    Column("metric", String(48), primary_key=True),
    Column("span_s", Integer, primary_key=True),
    Column("end_ms", Ms, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("devices", Integer, nullable=False),
    Column("sum", Double, nullable=False),
    Column("min", Double),
    Column("max", Double),
)

dirty_bucket = _table(  # device buckets whose area rollup must be made again
    "dirty_bucket",
    Column("area_id", String(64), primary_key=True),
    Column("metric", String(48), primary_key=True),
    Column("span_s", Integer, primary_key=True),
    Column("end_ms", Ms, primary_key=True),
)

# --- indicators --------------------------------------------------------------------------------------------------
indicator = _table(
    "indicator",
    Column("id", String(96), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("name_en", String(128), nullable=False),
    Column("unit", String(32), nullable=False),
    Column("domain", String(32), nullable=False),
    Column("good", String(8), nullable=False),  # up, down, none
    Column("decimals", Integer, nullable=False),
    Column("owner", String(64), nullable=False, default=""),
)

indicator_value = _table(
    "indicator_value",
    Column("area_id", String(64), primary_key=True),
    Column("indicator_id", String(96), primary_key=True),
    Column("period_text", String(64), primary_key=True),  # as published, e.g. 2021H1
    Column("value_kind", String(16), primary_key=True),  # stock, total, average, ratio, target, limit
    Column("revision", Integer, primary_key=True),  # append-only; the largest counts
    Column("period_kind", String(16), nullable=False),
    Column("start_ms", Ms),
    Column("end_ms", Ms),
    Column("as_of_ms", Ms),
    Column("value", Double),
    Column("value_text", String(64), nullable=False),  # as published, keeps the precision
    Column("unit", String(32), nullable=False),
    Column("qualifier", String(16), nullable=False, default=""),
    Column("numerator", Double),
    Column("denominator", Double),
    Column("source", String(256), nullable=False),
    Column("received_ms", Ms, nullable=False),
    Column("quality", String(16), nullable=False, default="good"),
    Column("formula_version", String(32), nullable=False, default=""),
    Column("simulated", Boolean, nullable=False, default=False),
)

# --- cases -------------------------------------------------------------------------------------------------------
case = _table(
    "case_",
    Column("id", String(36), primary_key=True),  # UUIDv5(channel, number)
    Column("type", String(32), nullable=False),
    Column("channel", String(48), nullable=False),
    Column("number", String(64), nullable=False),
    Column("state", String(24), nullable=False),
    Column("area_id", String(64), nullable=False),
    Column("category", String(96), nullable=False),
    Column("title", String(256), nullable=False),  # masked
    Column("unit", String(64), nullable=False, default=""),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("created_ms", Ms, nullable=False),
    Column("dispatched_ms", Ms),
    Column("due_ms", Ms),
    Column("closed_ms", Ms),
    Column("grid_lon", Double),  # rounded to grid level (3 decimals)
    Column("grid_lat", Double),
    Column("feed", String(64), nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Column("remarks", String(256), nullable=False, default=""),  # space-separated oddities
    Column("received_ms", Ms, nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of the source row: an unchanged row is not written again
    Column("version", Integer, nullable=False, default=1),
    # Covering: the counts of panels read these alone, whatever the length of a row.
    Index("case_by_created", "type", "created_ms", "area_id", "closed_ms", "due_ms", "simulated", "unit", "category"),
    Index("case_by_area_created", "area_id", "created_ms"),
    Index("case_open", "type", "closed_ms", "area_id", "created_ms", "due_ms", "simulated"),
)

case_private = _table(
    "case_private",
    Column("case_id", String(36), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),  # encrypted PrivatePart
)

case_event = _table(
    "case_event",
    Column("case_id", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ms", Ms, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("from_state", String(24), nullable=False),
    Column("to_state", String(24), nullable=False),
    Column("reason", String(256), nullable=False, default=""),
)

case_clock = _table(
    "case_clock",
    Column("case_id", String(36), primary_key=True),
    Column("clock", String(32), primary_key=True),
    Column("area_id", String(64), nullable=False),
    Column("started_ms", Ms, nullable=False),
    Column("due_ms", Ms, nullable=False),
    Column("ended_ms", Ms),
    Column("provisional", Boolean, nullable=False, default=False),  # 暂定: the year's holidays are not published
    Index("case_clock_running", "ended_ms", "due_ms"),
)

# --- alerts ------------------------------------------------------------------------------------------------------
alert = _table(
    "alert",
    Column("id", String(36), primary_key=True),
    Column("rule_id", String(64), nullable=False),
    Column("rule_kind", String(16), nullable=False),
    Column("target_kind", String(16), nullable=False),
    Column("target_id", String(64), nullable=False),
    Column("area_id", String(64), nullable=False),
    Column("level", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("condition", String(16), nullable=False),
    Column("owner", String(64), nullable=False, default=""),
    Column("opened_ms", Ms, nullable=False),
    Column("last_ms", Ms, nullable=False),
    Column("times", BigInteger, nullable=False, default=1),
    Column("value", Double),
    Column("peak", Double),
    Column("limit_value", Double),
    Column("due_ms", Ms),
    Column("recovered_ms", Ms),
    Column("acknowledged_by", String(64)),
    Column("acknowledged_ms", Ms),
    Column("closed_by", String(64)),
    Column("closed_ms", Ms),
    Column("note", String(512), nullable=False, default=""),
    Column("simulated", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False, default=1),
    Index("alert_by_state", "state", "level", "opened_ms"),
    Index("alert_by_area", "area_id", "opened_ms"),
    Index("alert_by_closed", "closed_ms"),
    Index("alert_by_target", "target_id", "closed_ms", "opened_ms"),
)

alert_open = _table(  # holds the one open alert of a family of rules and target; deleted on close
    "alert_open",
    Column("rule_id", String(64), primary_key=True),  # brain/model/family.family_of the rule
    Column("target_id", String(64), primary_key=True),
    Column("alert_id", String(36), nullable=False),
)

alert_event = _table(
    "alert_event",
    Column("alert_id", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ms", Ms, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("to_state", String(16), nullable=False),
    Column("level", Integer, nullable=False),
    Column("value", Double),
    Column("note", String(512), nullable=False, default=""),
)

outbox = _table(  # what must reach the outside, at least once; sent_ms is null until it did
    "outbox",
    Column("id", String(64), primary_key=True),  # idempotency key: <alert id>:<seq>
    Column("kind", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", Ms, nullable=False),
    Column("due_ms", Ms, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("sent_ms", Ms),
    Index("outbox_waiting", "sent_ms", "due_ms"),
)

rule_state = _table(
    "rule_state",
    Column("rule_id", String(64), primary_key=True),
    Column("target_id", String(64), primary_key=True),
    Column("condition", String(16), nullable=False),
    Column("since_ms", Ms, nullable=False),
    Column("last_ms", Ms, nullable=False),
    Column("last_value", Double),
)

# --- weather warnings and duty -----------------------------------------------------------------------------------
weather_warning = _table(  # as issued; that one is over stands in warning_end, so that messages may come in any order
    "weather_warning",
    Column("sender", String(128), primary_key=True),
    Column("identifier", String(128), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("sent_ms", Ms, nullable=False),
    Column("level", Integer),  # null: the message gives none
    Column("severity", String(16), nullable=False),
    Column("urgency", String(16), nullable=False),
    Column("certainty", String(16), nullable=False),
    Column("effective_ms", Ms, nullable=False),
    Column("onset_ms", Ms),
    Column("expires_ms", Ms, nullable=False),
    Column("wording", Text, nullable=False),  # JSON: {zh: {event, headline, description, instruction}, en: {…}}
    Column("area_ids", Text, nullable=False),  # JSON: a list
    Column("simulated", Boolean, nullable=False, default=False),
    Index("weather_warning_by_end", "expires_ms"),
)

warning_end = _table(  # replaced or cancelled; also of messages that never came
    "warning_end",
    Column("sender", String(128), primary_key=True),
    Column("identifier", String(128), primary_key=True),
    Column("ended_ms", Ms, nullable=False),
    Index("warning_end_by_time", "ended_ms"),
)

duty_shift = _table(
    "duty_shift",
    Column("feed", String(64), primary_key=True),
    Column("table_name", String(128), primary_key=True),  # of which file it is a row
    Column("number", Integer, primary_key=True),
    Column("unit", String(64), nullable=False),
    Column("post", String(64), nullable=False),
    Column("area_id", String(64), nullable=False),
    Column("start_ms", Ms, nullable=False),
    Column("end_ms", Ms, nullable=False),
    Column("person", String(16), nullable=False, default=""),  # masked
    Column("simulated", Boolean, nullable=False, default=False),
    Index("duty_shift_by_end", "end_ms"),
)

device_event = _table(
    "device_event",
    Column("device_id", String(64), primary_key=True),
    Column("kind", String(48), primary_key=True),
    Column("at_ms", Ms, primary_key=True),
    Column("id", String(64), primary_key=True),  # the source's; "" for none
    Column("area_id", String(64), nullable=False),
    Column("confidence", Double),
    Column("picture", String(1024), nullable=False, default=""),  # a link, followed by people only
    Column("text", String(200), nullable=False, default=""),  # masked
    Column("received_ms", Ms, nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Index("device_event_by_time", "at_ms"),
)

# --- feeds -------------------------------------------------------------------------------------------------------
feed_state = _table(
    "feed_state",
    Column("feed", String(64), primary_key=True),
    Column("input", String(16), nullable=False),
    Column("status", String(16), nullable=False),  # starting, well, lost, refused, broken, held, stopped
    Column("since_ms", Ms, nullable=False),
    Column("last_well_ms", Ms),
    Column("last_item_ms", Ms),
    Column("accepted", BigInteger, nullable=False, default=0),
    Column("refused", BigInteger, nullable=False, default=0),
    Column("repeated", BigInteger, nullable=False, default=0),  # absorbed duplicates
    Column("failures", Integer, nullable=False, default=0),
    Column("cause", String(512), nullable=False, default=""),
    Column("next_try_ms", Ms),
    Column("stale_after_s", Double, nullable=False),
    Column("simulated", Boolean, nullable=False, default=False),
    Column("cursor", Text),
)

feed_minute = _table(  # what came in each minute of city time; only the last hour is kept
    "feed_minute",
    Column("feed", String(64), primary_key=True),
    Column("minute_ms", Ms, primary_key=True),  # start of the minute in which it was received
    Column("accepted", BigInteger, nullable=False, default=0),
    Column("refused", BigInteger, nullable=False, default=0),
)

dead_letter = _table(
    "dead_letter",
    Column("feed", String(64), primary_key=True),
    Column("id", String(36), primary_key=True),
    Column("at_ms", Ms, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("detail", String(512), nullable=False),
    Column("place", String(512), nullable=False),
    Column("payload", LargeBinary),
    Column("sealed", Boolean, nullable=False, default=False),
    Index("dead_letter_by_time", "feed", "at_ms"),
)

refusal_count = _table(  # counted even beyond the cap of kept dead letters
    "refusal_count",
    Column("feed", String(64), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("last_ms", Ms, nullable=False),
)

# --- people ------------------------------------------------------------------------------------------------------
account = _table(
    "account",
    Column("id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("password", String(256), nullable=False),  # argon2id
    Column("role", String(16), nullable=False),
    Column("area_id", String(64), nullable=False),
    Column("unit", String(64)),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created_ms", Ms, nullable=False),
    Column("changed_ms", Ms, nullable=False),
    Column("failed", Integer, nullable=False, default=0),
    Column("locked_until_ms", Ms),
)

session = _table(  # real time, not city time
    "session",
    Column("token_hash", String(64), primary_key=True),  # sha256 of the cookie
    Column("kind", String(8), nullable=False),  # person, wall
    Column("account_id", String(36)),
    Column("label", String(64), nullable=False, default=""),  # a wall's name
    Column("area_id", String(64), nullable=False),
    Column("created_ms", Ms, nullable=False),
    Column("seen_ms", Ms, nullable=False),
    Column("expires_ms", Ms, nullable=False),
    Column("revoked_ms", Ms),
    Index("session_by_account", "account_id"),
)

pairing = _table(  # a wall shows a code; an administrator confirms it
    "pairing",
    Column("code", String(16), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("created_ms", Ms, nullable=False),
    Column("expires_ms", Ms, nullable=False),
    Column("approved_by", String(64)),
    Column("area_id", String(64)),
    Column("label", String(64)),
)

audit = _table(  # append-only, each row hashes the one before
    "audit",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", Ms, nullable=False),  # real time
    Column("city_ms", Ms, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("action", String(48), nullable=False),
    Column("target", String(128), nullable=False),
    Column("result", String(16), nullable=False),
    Column("address", String(64), nullable=False, default=""),
    Column("detail", String(512), nullable=False, default=""),
    Column("before_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
