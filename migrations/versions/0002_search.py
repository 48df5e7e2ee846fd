"""Create the full-text index of messages.

Only SQLite has FTS5. On any other database nothing is created, and a search responds with
`not_supported`.

`search.indexed` is the position up to which messages are in the index. Later messages are indexed
in the background, many at a time: to index each in its own transaction would slow all writing down
by a tenth. When an indexed message is edited or deleted, triggers remove it from the index at once.
"""

from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

INDEX = """
CREATE VIRTUAL TABLE search_words USING fts5(
    text, room_id, content='messages', content_rowid='rev', columnsize=0,
    tokenize='unicode61 remove_diacritics 2'
)
"""
POSITION = """
CREATE TABLE search (
    id INTEGER NOT NULL CONSTRAINT ck_search_one_row CHECK (id = 1),
    indexed BIGINT NOT NULL,
    CONSTRAINT pk_search PRIMARY KEY (id)
)
"""
FILL = """
INSERT INTO search_words (rowid, text, room_id)
SELECT rev, text, room_id FROM messages WHERE text IS NOT NULL ORDER BY rev
"""
LEAVE = """
CREATE TRIGGER search_{name} AFTER {name} ON messages
WHEN old.text IS NOT NULL AND old.rev <= (SELECT indexed FROM search)
BEGIN
    INSERT INTO search_words (search_words, rowid, text, room_id)
    VALUES ('delete', old.rev, old.text, old.room_id);
END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(INDEX)
    op.execute(POSITION)
    op.execute("INSERT INTO search (id, indexed) SELECT 1, head FROM log")
    op.execute(FILL)
    for name in ("UPDATE", "DELETE"):
        op.execute(LEAVE.format(name=name))


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER search_{name}")
    op.execute("DROP TABLE search")
    op.execute("DROP TABLE search_words")
