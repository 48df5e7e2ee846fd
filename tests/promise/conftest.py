"""The shared server of the recovery tests, one more of it for this folder."""

from tests.recovery.conftest import shared_world, wires, world

__all__ = ["shared_world", "wires", "world"]
