"""When a portal left whose goodbye got lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the moment; portals that left before have to say so again."""
    op.add_column("portals", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Remove the moment."""
    op.drop_column("portals", "left_at")
