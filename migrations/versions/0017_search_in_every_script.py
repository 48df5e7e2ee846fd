"""Index all messages anew, by words that the server makes for both databases.

Nothing is in the index at first: the server fills it in the background, and a search says how far it is.

SQLite's index held what its tokenizer `unicode61` found in the messages. Now it is a table of words with spaces
between them, of which `ascii` splits nothing but these: every other character of ASCII is a `tokenchars`.
"""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

SIGNS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"
WORDS = """
CREATE VIRTUAL TABLE search_words USING fts5(
    words, room_id, columnsize=0, tokenize="ascii tokenchars '{signs}'"
)
"""
LEAVE = """
CREATE TRIGGER search_{name} AFTER {event} ON messages
WHEN old.text IS NOT NULL AND old.rev <= (SELECT indexed FROM search)
BEGIN
    DELETE FROM search_words WHERE rowid = old.rev;
END
"""
OLD_WORDS = """
CREATE VIRTUAL TABLE search_words USING fts5(
    text, room_id, content='messages', content_rowid='rev', columnsize=0,
    tokenize='unicode61 remove_diacritics 2'
)
"""
OLD_FILL = """
INSERT INTO search_words (rowid, text, room_id)
SELECT rev, text, room_id FROM messages WHERE text IS NOT NULL ORDER BY rev
"""
OLD_LEAVE = """
CREATE TRIGGER search_{name} AFTER {name} ON messages
WHEN old.text IS NOT NULL AND old.rev <= (SELECT indexed FROM search)
BEGIN
    INSERT INTO search_words (search_words, rowid, text, room_id)
    VALUES ('delete', old.rev, old.text, old.room_id);
END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        drop()
        op.execute(WORDS.format(signs=SIGNS.replace('"', '""')))
        op.execute("UPDATE search SET indexed = 0")
        for name, event in (("update", "UPDATE OF rev"), ("delete", "DELETE")):
            op.execute(LEAVE.format(name=name, event=event))
    else:
        empty()
    # Earlier servers make other words.
    op.execute(f"UPDATE schema_range SET oldest = '{revision}'")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        drop()
        op.execute(OLD_WORDS)
        op.execute("UPDATE search SET indexed = (SELECT head FROM log)")
        op.execute(OLD_FILL)
        for name in ("UPDATE", "DELETE"):
            op.execute(OLD_LEAVE.format(name=name))
    else:
        empty()
    op.execute(f"UPDATE schema_range SET oldest = '{down_revision}'")


def drop() -> None:
    for name in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER search_{name}")
    op.execute("DROP TABLE search_words")


def empty() -> None:
    op.execute("TRUNCATE search_words")
    op.execute("UPDATE search SET indexed = 0")
