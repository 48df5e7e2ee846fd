"""Copying a database into another one, also of another kind: `flask db copy`."""
