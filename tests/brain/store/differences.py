"""What a store's tables have other than the schema of today."""

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from brain.store import schema

PART = re.compile(r"reading(_rollup_5min)?_d-?\d+|reading_rollup_(5min|longer)")
"""Names of parts of tables."""


def differences(conn: Connection) -> list[object]:
    """But for parts of tables."""

    def is_ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or not PART.fullmatch(name or "")

    return list(compare_metadata(MigrationContext.configure(conn, opts={"include_name": is_ours}), schema.metadata))
