"""Create what servers store changes in PostgreSQL with: functions, and what they keep about commits.

On SQLite nothing is created. `log.time` is the time of the last commit, `timeline` that of the WAL. `safe` is
whether the last commit was acknowledged by a synchronous standby. `generation` counts the commits that have
changed what readers see, `access` those that have changed who may read what. `commits` holds the last commit
of each server.
"""

from pathlib import Path

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parents[1] / "commit_1.sql"
TABLES = """
ALTER TABLE log
    ADD generation bigint NOT NULL DEFAULT 0,
    ADD access bigint NOT NULL DEFAULT 0,
    ADD time timestamptz NOT NULL DEFAULT 'epoch',
    ADD timeline text NOT NULL DEFAULT left(pg_walfile_name(pg_current_wal_lsn()), 8),
    ADD safe boolean NOT NULL DEFAULT false;
UPDATE log SET time = coalesce((SELECT max(created)::timestamptz FROM messages), time);
CREATE TABLE commits (
    node text CONSTRAINT pk_commits PRIMARY KEY,
    token text NOT NULL,
    before bigint NOT NULL,
    head bigint NOT NULL,
    last jsonb NOT NULL,
    time timestamptz NOT NULL
);
-- Earlier servers do not notify others of what they store.
UPDATE schema_range SET oldest = '0007';
"""
DROP = """
DROP FUNCTION me_api_commit_1, me_api_settle_1, me_api_sessions_1, me_api_messages_1, me_api_move_1,
    me_api_record_1, me_api_begin_1, me_api_text_1, me_api_timeline_1;
DROP TABLE commits;
ALTER TABLE log DROP generation, DROP access, DROP time, DROP timeline, DROP safe;
UPDATE schema_range SET oldest = '0005';
"""


def upgrade() -> None:
    run(TABLES)
    run(FUNCTIONS.read_text())


def downgrade() -> None:
    run(DROP)


def run(statements: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(statements)
