"""The database: its engines, statements, cache and failures."""
