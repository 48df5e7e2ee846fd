"""Which database errors are storage failures, and which API errors they become."""

from __future__ import annotations

import logging
import sqlite3

import psycopg
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)

from me_api.errors import ApiError, StorageUnavailable

logger = logging.getLogger(__name__)

_ERRORS_OF_THE_STATEMENT = (
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)


def is_storage_failure(error: BaseException) -> bool:
    """Return whether the disk or the database failed, and not the statement."""
    if isinstance(error, DBAPIError):
        return not isinstance(error, _ERRORS_OF_THE_STATEMENT)
    # Of a connection that is not SQLAlchemy's.
    return isinstance(error, psycopg.OperationalError)


def reason(error: BaseException) -> str:
    """Return in one line what a driver says; psycopg's errors have several."""
    return " ".join(str(getattr(error, "orig", error)).split())


REASONS = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_FULL: "disk_full",
}


def to_unavailable(error: BaseException) -> StorageUnavailable | None:
    """Convert the storage failure of a write, with its reason; return None for another error."""
    if isinstance(error, StorageUnavailable):
        return error
    if not is_storage_failure(error):
        return None
    original = getattr(error, "orig", error)
    unavailable = StorageUnavailable(f"Nothing was stored: {reason(error)}.")
    # The extended code has the primary one in its lowest byte (sqlite.org/rescode.html).
    primary = getattr(original, "sqlite_errorcode", 0) & 0xFF
    unavailable.reason = REASONS.get(primary, unavailable.reason)
    return unavailable


class RepeatedFailures:
    """Logs the failures of something that is tried again and again, once for each kind."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._kinds: set[tuple[type[Exception], str | None]] = set()

    def log(self, error: Exception) -> None:
        """Log an error unless one of its kind has been logged since the last success."""
        kind = (type(error), getattr(error, "reason", None))
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        if isinstance(error, StorageUnavailable) or is_storage_failure(error):
            logger.warning("%s: %s", self._what, reason(error))
        else:
            logger.error("%s", self._what, exc_info=error)

    def clear(self) -> None:
        """Note a success: the next failure is logged, whatever its kind."""
        self._kinds.clear()


def to_api_error(error: Exception) -> ApiError:
    """Convert an unexpected error: a storage failure, or an internal error, which is logged."""
    if isinstance(error, DBAPIError) and is_storage_failure(error):
        return StorageUnavailable(f"The database cannot be read: {reason(error)}.")
    logger.error("unexpected error", exc_info=error)
    return ApiError("Something went wrong on the server; it has been logged.")
