"""The index of tickets by time covers what the performance of units is counted by."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("case_by_created", table_name="case_")
    op.create_index(
        "case_by_created",
        "case_",
        ["type", "created_ms", "area_id", "closed_ms", "due_ms", "simulated", "unit", "category"],
        unique=False,
    )
