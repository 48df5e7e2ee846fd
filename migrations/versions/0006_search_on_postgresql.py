"""Create the full-text index of messages on PostgreSQL; SQLite's is in 0002.

The words of a message are made by the server, which calls `search_store_1` to store those of a chunk. When a
message is edited or deleted, a trigger removes its words at once. So that a change that is being committed
meanwhile leaves nothing behind, the function locks the messages whose words it stores against a new rev. It
waits for none of them, and its locks end with the statement: a server that is paused holds none.

`line` has the words of a message for which a `tsvector` cannot hold all positions. `node` does the work in the
background until `until`.
"""

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

UP = (
    """
CREATE TABLE search_words (
    rev BIGINT NOT NULL CONSTRAINT pk_search_words PRIMARY KEY,
    room_id INTEGER NOT NULL,
    words TSVECTOR NOT NULL,
    line TEXT
)
""",
    # By room, for the newest messages of one that is searched alone.
    "CREATE INDEX ix_search_words_room_id_rev ON search_words (room_id, rev)",
    # With its list of pending entries, a search took 5 to 37 ms instead of less than 1.
    "CREATE INDEX ix_search_words_words ON search_words USING gin (words) WITH (fastupdate = off)",
    """
CREATE TABLE search (
    id INTEGER NOT NULL CONSTRAINT pk_search PRIMARY KEY
        CONSTRAINT ck_search_one_row CHECK (id = 1),
    indexed BIGINT NOT NULL,
    node VARCHAR(32) NOT NULL,
    until TIMESTAMPTZ NOT NULL
)
""",
    "INSERT INTO search VALUES (1, 0, '', '-infinity')",
    """
CREATE FUNCTION search_store_1(after BIGINT, upto BIGINT, revs BIGINT[], texts TEXT[], lines TEXT[])
RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    reached BIGINT;
    held BIGINT[];
    changing BIGINT;
BEGIN
    SELECT indexed INTO reached FROM search FOR UPDATE;
    IF reached <> after THEN
        RETURN reached;
    END IF;
    held := ARRAY(SELECT rev FROM messages WHERE rev = ANY (revs) FOR KEY SHARE SKIP LOCKED);
    -- Messages that another transaction is changing: they keep their rev if that is not committed.
    SELECT min(rev) INTO changing FROM (
        SELECT rev FROM messages WHERE rev = ANY (revs) EXCEPT SELECT unnest(held)
    ) AS others;
    reached := least(upto, changing - 1);
    INSERT INTO search_words (rev, room_id, words, line)
    SELECT m.rev, m.room_id, w.words::tsvector, w.line
    FROM unnest(revs, texts, lines) AS w (rev, words, line) JOIN messages m ON m.rev = w.rev
    WHERE w.rev = ANY (held) AND w.rev <= reached;
    UPDATE search SET indexed = reached;
    RETURN reached;
END
$$
""",
    """
CREATE FUNCTION search_leave_1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_words WHERE rev = old.rev;
    RETURN NULL;
END
$$
""",
    """
CREATE TRIGGER search_leave AFTER UPDATE OF rev OR DELETE ON messages
FOR EACH ROW EXECUTE FUNCTION search_leave_1()
""",
)
DOWN = (
    "DROP TRIGGER search_leave ON messages",
    "DROP FUNCTION search_leave_1",
    "DROP FUNCTION search_store_1",
    "DROP TABLE search",
    "DROP TABLE search_words",
)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)


def run(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
