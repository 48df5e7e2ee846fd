"""Store which versions of the server may serve the database.

A server serves while `schema_range.oldest` ≤ its own latest migration ≤ `alembic_version`. A migration that
only adds leaves `oldest` as it is, so that servers of the version before go on while nodes are upgraded one
by one. One that takes away or changes what they use sets it to its own number.
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    schema_range = op.create_table(
        "schema_range",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("oldest", sa.String(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_schema_range_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schema_range")),
    )
    # Earlier servers do not read this table, and stop at any other version than their own.
    op.bulk_insert(schema_range, [{"id": 1, "oldest": revision}])


def downgrade() -> None:
    op.drop_table("schema_range")
