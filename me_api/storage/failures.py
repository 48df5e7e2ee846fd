"""Which database errors are storage failures, and which API errors they become."""

from __future__ import annotations

import logging

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
    return isinstance(error, DBAPIError) and not isinstance(error, _ERRORS_OF_THE_STATEMENT)


def to_api_error(error: Exception) -> ApiError:
    """Convert an unexpected error: a storage failure, or an internal error, which is logged."""
    if isinstance(error, DBAPIError) and is_storage_failure(error):
        return StorageUnavailable(f"The database cannot be read: {error.orig}.")
    logger.error("unexpected error", exc_info=error)
    return ApiError("Something went wrong on the server; it has been logged.")
