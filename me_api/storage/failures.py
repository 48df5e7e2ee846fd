"""Which errors of the database are the disk's, and what is answered for them."""

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
    """Tell whether the disk or the database failed, and not what was asked of it."""
    return isinstance(error, DBAPIError) and not isinstance(error, _ERRORS_OF_THE_STATEMENT)


def to_api_error(error: Exception) -> ApiError:
    """Turn what nobody foresaw into an answer: the disk's failure, or a fault of ours (logged)."""
    if isinstance(error, DBAPIError) and is_storage_failure(error):
        return StorageUnavailable(f"The database cannot be read: {error.orig}.")
    logger.error("unexpected error", exc_info=error)
    return ApiError("Something went wrong on the server; it has been logged.")
