"""Accounts that are deleted, whose rows messages and reports still name, and links for new passwords."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

COLUMNS = {"deleted": 24, "reset_hash": 64, "reset_expires": 24, "purging": 24}


def upgrade() -> None:
    for name, length in COLUMNS.items():
        op.add_column("users", sa.Column(name, sa.String(length=length)))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("users", name)
