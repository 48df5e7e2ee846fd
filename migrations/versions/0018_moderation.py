"""Moderation: bans, the log of what moderators do, and rooms that are archived or deleted."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

COUNT = "BEGIN UPDATE log SET access = access + 1; END"
SQLITE_EVENTS = {
    "bans_made": "INSERT ON bans",
    "bans_changed": "UPDATE ON bans",
    "bans_lifted": "DELETE ON bans",
    "rooms_named": "UPDATE OF title, archived, deleted ON rooms",
}
# A post that was decided before its room was archived or deleted is decided again: 'ME001' is what
# me_api_commit_3 returns 'again' for.
POSTGRESQL_UP = (
    """
CREATE FUNCTION me_api_room_ended_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'ME001';
END
$$
""",
    """
CREATE TRIGGER rooms_ended BEFORE UPDATE OF last_id ON rooms FOR EACH ROW
WHEN (OLD.archived IS NOT NULL OR OLD.deleted IS NOT NULL) EXECUTE FUNCTION me_api_room_ended_1()
""",
    """
CREATE CONSTRAINT TRIGGER rooms_named AFTER UPDATE OF title, archived, deleted ON rooms
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION me_api_users_changed_1()
""",
    """
CREATE CONSTRAINT TRIGGER bans_changed AFTER INSERT OR UPDATE OR DELETE ON bans
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION me_api_users_changed_1()
""",
)
POSTGRESQL_DOWN = (
    "DROP TRIGGER rooms_named ON rooms",
    "DROP TRIGGER rooms_ended ON rooms",
    "DROP FUNCTION me_api_room_ended_1",
)


def upgrade() -> None:
    op.create_table(
        "bans",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=True),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("with_address", sa.Boolean(), nullable=False),
        sa.Column("until", sa.String(length=24), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bans")),
    )
    op.create_table(
        "moderation_log",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.String(length=24), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=True),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_log")),
    )
    op.add_column("rooms", sa.Column("archived", sa.String(length=24), nullable=True))
    op.add_column("rooms", sa.Column("deleted", sa.String(length=24), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        run(POSTGRESQL_UP)
    else:
        run([f"CREATE TRIGGER {name} AFTER {event} {COUNT}" for name, event in SQLITE_EVENTS.items()])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        run(POSTGRESQL_DOWN)
    else:
        run([f"DROP TRIGGER {name}" for name in SQLITE_EVENTS])
    # Deleted rooms are closed to guests, and their messages are gone.
    op.drop_column("rooms", "deleted")
    op.drop_column("rooms", "archived")
    op.drop_table("moderation_log")
    op.drop_table("bans")


def run(statements: "tuple[str, ...] | list[str]") -> None:
    for statement in statements:
        op.execute(statement)
