"""States of devices with who set them and why, and the waiting list of devices the register does not know."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("state_since_ms", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("state_until_ms", sa.BigInteger(), nullable=True))
    op.add_column("device", sa.Column("state_by", sa.String(length=64), nullable=True))
    op.add_column("device", sa.Column("state_why", sa.String(length=256), nullable=True))
    op.add_column("device", sa.Column("kept", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "waiting_device",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("area_id", sa.String(length=64), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("interval_s", sa.Integer(), nullable=True),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("beyond", sa.BigInteger(), nullable=False),
        sa.Column("rejected_by", sa.String(length=64), nullable=True),
        sa.Column("rejected_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("feed", "id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "waiting_reading",
        sa.Column("feed", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("metric", sa.String(length=48), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "device_id", "metric", "at_ms"),
        sqlite_with_rowid=False,
    )
