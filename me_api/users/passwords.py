"""Passwords: slow on purpose, so only ever called in a native thread."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()

DUMMY = (
    "$argon2id$v=19$m=65536,t=3,p=4$YY2HdpGTXlCCddPF3KlXHg$"
    "2jepnR2UQpuKk04i6oLmsh/06fMf0T+UEnnYW7PfnYM"
)
"""The hash of a random password: who names an unknown email waits as long as anybody else."""


def make_hash(password: str) -> str:
    """Hash a new password."""
    return _hasher.hash(_spelled(password))


def verify(stored: str, password: str) -> bool:
    """Tell whether this is the password."""
    try:
        return _hasher.verify(stored, _spelled(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _spelled(password: str) -> str:
    """Give the one spelling: keyboards write å as one character or as two."""
    return unicodedata.normalize("NFC", password)
