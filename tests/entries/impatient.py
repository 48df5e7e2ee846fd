"""Runs `jumping_clock` with a busy timeout of half a second: a lock soon fails the writers."""

from me_api.storage import engines

engines.WRITE_TIMEOUT = 0.5

from tests.entries import jumping_clock  # noqa: E402, F401
