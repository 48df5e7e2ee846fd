"""Render the reports anew: with links of bare addresses, footnotes, alerts, and ids of headings."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

REPORTS = sa.table("reports", sa.column("week"), sa.column("text"), sa.column("html"))


def upgrade() -> None:
    # Every server reads this module at its start, and needs no renderer in its own process.
    from me_api.markdown.render import render

    written = sa.select(REPORTS.c.week, REPORTS.c.text).where(REPORTS.c.text.is_not(None))
    for week, text in op.get_bind().execute(written).all():
        op.execute(REPORTS.update().where(REPORTS.c.week == week).values(html=render(text)))


def downgrade() -> None:
    """Keep the HTML: it is valid for earlier versions, too."""
