"""Accounts: moderators, disabled users, and the generation of tokens, which signing out raises.

`log.access`, which PostgreSQL has already, counts the commits that have changed who may do what, whichever
process made them: also those made by hand, which triggers count.
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

COLUMNS = "id, email, email_folded, nick, nick_folded, password_hash, role, created"
MARK_TRANSACTION = "UPDATE log SET head = head"
COUNT = "BEGIN UPDATE log SET access = access + 1; END"
SQLITE_TRIGGERS = {
    "users_changed": "UPDATE OF email, nick, nick_folded, role, generation, disabled ON users",
    "users_deleted": "DELETE ON users",
    "rooms_changed": "UPDATE OF guests ON rooms",
    "rooms_deleted": "DELETE ON rooms",
}
TRIGGER = """
CREATE CONSTRAINT TRIGGER users_changed AFTER UPDATE OF {columns} OR DELETE ON users
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION me_api_users_changed_1()
"""
POSTGRESQL_UP = (
    "ALTER TABLE users ADD generation integer NOT NULL DEFAULT 0, ADD disabled varchar(24)",
    "ALTER TABLE users DROP CONSTRAINT ck_users_role",
    "ALTER TABLE users ADD CONSTRAINT ck_users_role CHECK (role IN ('owner', 'moderator', 'member'))",
    "DROP TRIGGER users_changed ON users",
    TRIGGER.format(columns="email, nick, nick_folded, role, generation, disabled"),
)
POSTGRESQL_DOWN = (
    "UPDATE users SET role = 'member' WHERE role = 'moderator'",
    "SET CONSTRAINTS ALL IMMEDIATE",
    "DROP TRIGGER users_changed ON users",
    TRIGGER.format(columns="email, nick, nick_folded, role"),
    "ALTER TABLE users DROP CONSTRAINT ck_users_role",
    "ALTER TABLE users ADD CONSTRAINT ck_users_role CHECK (role IN ('owner', 'member'))",
    "ALTER TABLE users DROP generation, DROP disabled",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        run(POSTGRESQL_UP)
        return
    # Python's sqlite3 begins a transaction with the first change of rows, not of tables.
    op.execute(MARK_TRANSACTION)
    op.execute("ALTER TABLE log ADD COLUMN access BIGINT NOT NULL DEFAULT 0")
    make_users_anew(
        "role IN ('owner', 'moderator', 'member')",
        sa.Column("generation", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("disabled", sa.String(length=24)),
    )
    for name, event in SQLITE_TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} AFTER {event} {COUNT}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        run(POSTGRESQL_DOWN)
        return
    op.execute(MARK_TRANSACTION)
    for name in SQLITE_TRIGGERS:
        op.execute(f"DROP TRIGGER {name}")
    op.execute("UPDATE users SET role = 'member' WHERE role = 'moderator'")
    make_users_anew("role IN ('owner', 'member')")
    op.execute("ALTER TABLE log DROP COLUMN access")


def run(statements: tuple[str, ...]) -> None:
    for statement in statements:
        op.execute(statement)


def make_users_anew(role: str, *more: sa.Column[object]) -> None:
    """Replace SQLite's table of users, whose constraints cannot be changed."""
    op.create_table(
        "users_anew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=False),
        sa.Column("nick", sa.Text(), nullable=False),
        sa.Column("nick_folded", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created", sa.String(length=24), nullable=False),
        *more,
        sa.CheckConstraint(role, name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_users_email_folded")),
        sa.UniqueConstraint("nick_folded", name=op.f("uq_users_nick_folded")),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO users_anew ({COLUMNS}) SELECT {COLUMNS} FROM users")
    # The ids of deleted users are not assigned again.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'users_anew'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'users_anew', seq FROM sqlite_sequence WHERE name = 'users'"
    )
    op.drop_table("users")
    op.rename_table("users_anew", "users")
