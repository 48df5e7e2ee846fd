"""Full-text search in messages, by the index that the database has."""
