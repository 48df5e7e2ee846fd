"""On PostgreSQL: notify all nodes of rooms that are opened, closed or deleted, also by hand."""

from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

# It also fires where a server changes a room: then the nodes are notified twice.
UP = """
CREATE CONSTRAINT TRIGGER rooms_changed AFTER UPDATE OF guests OR DELETE ON rooms
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION me_api_users_changed_1()
"""
DOWN = "DROP TRIGGER rooms_changed ON rooms"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(UP)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(DOWN)
