"""The log of moderators has the ids of the users that it is about.

Of earlier entries nobody knows any more whom they were about: their `target_id` stays null.
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("moderation_log", sa.Column("target_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("moderation_log", "target_id")
