"""A server like that of the recovery tests; the same examples in every CI run."""

import os

from hypothesis import settings

from tests.recovery.conftest import shared_world, wires, world

__all__ = ["shared_world", "wires", "world"]

settings.register_profile("ci", derandomize=True, print_blob=True)
if "CI" in os.environ:
    settings.load_profile("ci")
