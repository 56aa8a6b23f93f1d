"""The alerts of one device, found without looking at all others."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("alert_by_target", "alert", ["target_id", "closed_ms", "opened_ms"], unique=False)
