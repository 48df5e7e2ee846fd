"""Compute the keys of users' nicks anew: those of nicks that look alike are now equal.

Of existing users whose keys have become equal, the first keeps the key. Each of the others keeps nick
and account under a key that equals no other.
"""

import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from me_api.auth.nicks import fold

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

USERS = sa.table("users", sa.column("id"), sa.column("nick"), sa.column("nick_folded"))


def upgrade() -> None:
    compute(fold)


def downgrade() -> None:
    compute(lambda nick: unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", nick).casefold()))


def compute(key_of: Callable[[str], str]) -> None:
    """Store the key of every nick."""
    connection = op.get_bind()
    users = connection.execute(sa.select(USERS.c.id, USERS.c.nick).order_by(USERS.c.id)).all()
    keys: dict[str, int] = {}
    for user_id, nick in users:
        keys.setdefault(key_of(nick), user_id)
    # First none has a key that another is to get. A nick, and so a key, contains no line feed.
    for user_id, nick in users:
        store(user_id, f"{key_of(nick)}\n{user_id}")
    for key, user_id in keys.items():
        store(user_id, key)


def store(user_id: int, key: str) -> None:
    op.execute(USERS.update().where(USERS.c.id == user_id).values(nick_folded=key))
