"""On PostgreSQL: compare nicks when a message is stored, leave sessions to the node that has resumed them, and
notify all nodes of users that are changed or deleted.
"""

from pathlib import Path

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parents[1] / "commit_2.sql"
DROP = """
DROP TRIGGER users_changed ON users;
DROP FUNCTION me_api_commit_2, me_api_sessions_2, me_api_nicks_taken_1, me_api_users_changed_1;
"""


def upgrade() -> None:
    run(FUNCTIONS.read_text())


def downgrade() -> None:
    run(DROP)


def run(statements: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(statements)
