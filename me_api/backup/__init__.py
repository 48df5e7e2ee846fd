"""Backups: `flask backup`, and the new epoch of a database that was restored from a copy."""
