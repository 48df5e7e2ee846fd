"""Password hashes (Argon2id). Slow on purpose, so these functions run in a native thread."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()

DUMMY = (
    "$argon2id$v=19$m=65536,t=3,p=4$YY2HdpGTXlCCddPF3KlXHg$"
    "2jepnR2UQpuKk04i6oLmsh/06fMf0T+UEnnYW7PfnYM"
)
"""The hash of a random password, verified for unknown emails: they take as long as known ones."""


def make_hash(password: str) -> str:
    """Return the hash of a password, with a new salt."""
    return _hasher.hash(_normalize(password))


def verify_and_update(stored: str, password: str) -> tuple[bool, str | None]:
    """Return whether a password is the one that was hashed, and a new hash if that is outdated."""
    is_right = verify(stored, password)
    return is_right, make_hash(password) if is_right and is_outdated(stored) else None


def verify(stored: str, password: str) -> bool:
    """Return whether a password is the one that was hashed."""
    try:
        return _hasher.verify(stored, _normalize(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Return whether a hash was made with other parameters than the current ones."""
    return _hasher.check_needs_rehash(stored)


def _normalize(password: str) -> str:
    # Depending on the keyboard and the system, å is one character or two.
    return unicodedata.normalize("NFC", password)
