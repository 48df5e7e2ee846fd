"""Password hashes that take no time: a real one takes 0.2 s of a processor.

The tests of hashes themselves have real ones (`make_real`), as have servers that are not forked.
"""

import pytest
from argon2 import PasswordHasher

from me_api.users import passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
REAL = {name: vars(passwords)[name] for name in ("_hasher", "DUMMY")}
"""What a server hashes with; taken before it is replaced."""


def make_cheap() -> None:
    """Hash cheaply in this process and in all that it forks, also for unknown emails."""
    passwords._hasher = CHEAP
    passwords.DUMMY = CHEAP.hash("nobody's password")


def make_real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as a server does, until the test ends."""
    for name, value in REAL.items():
        monkeypatch.setattr(passwords, name, value)
