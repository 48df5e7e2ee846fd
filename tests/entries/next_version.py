"""Runs the server of the next version, which first migrates the database as it needs it.

Its migration adds a table, a column and a function, as one does that older servers can go on with.
"""

import os
import shutil
from pathlib import Path

import flask_migrate
from alembic.script import ScriptDirectory

import app
import me_api
from me_api.extensions import db

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = '{revision}'
down_revision = '{before}'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('moods', sa.Column('id', sa.Integer(), primary_key=True))
    op.add_column('messages', sa.Column('mood', sa.String(), nullable=False, server_default='calm'))
    op.add_column('sessions', sa.Column('mood', sa.String(), nullable=True))
    op.add_column('log', sa.Column('mood', sa.String(), nullable=True))
"""

folder = Path(os.environ["TESTS_FOLDER"])
migrations = folder / "migrations"
if not migrations.exists():
    shutil.copytree(me_api.ROOT / "migrations", migrations)
    before = ScriptDirectory(str(migrations)).get_current_head() or ""
    revision = f"{int(before) + 1:04}"
    path = migrations / "versions" / f"{revision}_moods.py"
    path.write_text(MIGRATION.format(revision=revision, before=before))
me_api.ROOT = folder
with me_api.create_app().app_context():
    flask_migrate.upgrade()
    db.engine.dispose()
app.main()
