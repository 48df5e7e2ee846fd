"""The monitor of a server, for an owner: its numbers, its rooms, and its changes as they happen."""
