"""Retention: how long messages stay in a room, and the keys of those that were removed.

On PostgreSQL, `pruning.node` removes messages until `until`.
"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

COLUMNS = {
    "first_id": (sa.BigInteger, "1"),
    "pruned_rev": (sa.BigInteger, "0"),
    "retention_days": (sa.Integer, "0"),
    "retention_messages": (sa.BigInteger, "0"),
}
PRUNING = """
CREATE TABLE pruning (
    id INTEGER NOT NULL CONSTRAINT pk_pruning PRIMARY KEY CONSTRAINT ck_pruning_one_row CHECK (id = 1),
    node VARCHAR(32) NOT NULL,
    until TIMESTAMPTZ NOT NULL
)
"""


def upgrade() -> None:
    for name, (kind, default) in COLUMNS.items():
        op.add_column("rooms", sa.Column(name, kind(), nullable=False, server_default=default))
    op.create_table(
        "pruned_keys",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_pruned_keys")),
    )
    op.create_index(op.f("ix_pruned_keys_created"), "pruned_keys", ["created"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(PRUNING)
        op.execute("INSERT INTO pruning VALUES (1, '', '-infinity')")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE pruning")
    op.drop_index(op.f("ix_pruned_keys_created"), "pruned_keys")
    op.drop_table("pruned_keys")
    for name in reversed(COLUMNS):
        op.drop_column("rooms", name)
