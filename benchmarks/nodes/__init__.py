"""Measure several nodes on one PostgreSQL database, with and without Redis."""
