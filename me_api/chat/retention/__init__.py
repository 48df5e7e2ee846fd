"""Retention: old messages of a room are removed, by their age or their number."""
