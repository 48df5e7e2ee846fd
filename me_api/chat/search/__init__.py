"""Full-text search in messages, by an index of SQLite (FTS5)."""
