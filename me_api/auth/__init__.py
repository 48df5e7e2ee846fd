"""Authentication: the caller of a request or connection."""
