"""Presence: the members of each room, and the nicks in use, on this node."""
