"""Render the reports and the presentation anew: with coloured code."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

REPORTS = sa.table("reports", sa.column("week"), sa.column("text"), sa.column("html"))
PRESENTATION = sa.table("presentation", sa.column("id"), sa.column("text"), sa.column("html"))


def upgrade() -> None:
    # Every server reads this module at its start, and needs no renderer in its own process.
    from me_api.markdown.render import render

    for table, key in ((REPORTS, REPORTS.c.week), (PRESENTATION, PRESENTATION.c.id)):
        written = sa.select(key, table.c.text).where(table.c.text.is_not(None))
        for number, text in op.get_bind().execute(written).all():
            op.execute(table.update().where(key == number).values(html=render(text)))


def downgrade() -> None:
    """Keep the HTML: it is valid for earlier versions, too."""
