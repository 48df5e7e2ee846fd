"""The position of the log at which a room was last opened to guests."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("opened_rev", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("rooms", column)


def downgrade() -> None:
    op.drop_column("rooms", "opened_rev")
