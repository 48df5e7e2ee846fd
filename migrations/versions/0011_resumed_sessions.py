"""On PostgreSQL: resume only sessions that are still there, and return at which nodes they were."""

from pathlib import Path

from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parents[1] / "commit_3.sql"
DROP = "DROP FUNCTION me_api_commit_3, me_api_sessions_3"


def upgrade() -> None:
    run(FUNCTIONS.read_text())


def downgrade() -> None:
    run(DROP)


def run(statements: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(statements)
