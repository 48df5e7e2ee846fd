"""The errors of the API, and the envelope in which REST and Socket.IO send them."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

TITLES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
"""Titles of RFC 9110 that differ in the `http` module of older Python versions."""


class ApiError(Exception):
    """An error that is sent to the client.

    `code` is stable, `source` names the invalid field, and `extra` holds fields that are sent
    beside `errors`, for what the client needs to continue.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal_error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        source: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.source = source
        self.extra = extra or {}

    @property
    def headers(self) -> dict[str, str]:
        """The header fields that the error's response carries."""
        wait = self.extra.get("retry_after")
        return {} if wait is None else {"Retry-After": str(wait)}

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the entries of the envelope's `errors`."""
        return [describe(self.status, self.code, self.detail, self.source)]


class Invalid(ApiError):
    """Invalid input; every fault is listed with its field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"

    def __init__(self, faults: list[tuple[str | None, str]], code: str | None = None) -> None:
        super().__init__(faults[0][1], code=code, source=faults[0][0])
        self.faults = faults

    def to_dicts(self) -> list[dict[str, Any]]:
        return [describe(self.status, self.code, detail, source) for source, detail in self.faults]


class BadRequest(ApiError):
    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"


class Unauthorized(ApiError):
    status = HTTPStatus.UNAUTHORIZED
    code = "unauthorized"

    @property
    def headers(self) -> dict[str, str]:
        # Required by RFC 9110, section 15.5.2.
        return {**super().headers, "WWW-Authenticate": "Bearer"}


class Forbidden(ApiError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class Banned(Forbidden):
    """The caller is banned; `extra` says from which room, until when, and why."""

    code = "banned"


class NotFound(ApiError):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class MethodNotAllowed(ApiError):
    """A method that the server does not know; `allowed` are those that it knows."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"

    def __init__(self, detail: str, allowed: Iterable[str]) -> None:
        super().__init__(detail)
        self._allowed = ", ".join(allowed)

    @property
    def headers(self) -> dict[str, str]:
        # Required by RFC 9110, section 15.5.6.
        return {**super().headers, "Allow": self._allowed}


class RequestTimeout(ApiError):
    status = HTTPStatus.REQUEST_TIMEOUT
    code = "request_timeout"


class Conflict(ApiError):
    status = HTTPStatus.CONFLICT
    code = "conflict"


class Gone(ApiError):
    status = HTTPStatus.GONE
    code = "gone"


class UriTooLong(ApiError):
    status = HTTPStatus.REQUEST_URI_TOO_LONG
    code = "uri_too_long"


class ContentTooLarge(ApiError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "request_entity_too_large"


class UnsupportedMediaType(ApiError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"


class UpgradeRequired(ApiError):
    """The resource needs a WebSocket handshake, with version 13 of the protocol."""

    status = HTTPStatus.UPGRADE_REQUIRED
    code = "upgrade_required"

    @property
    def headers(self) -> dict[str, str]:
        # RFC 9110, section 15.5.22, and RFC 6455, section 4.4.
        return {**super().headers, "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}


class ExpectationFailed(ApiError):
    status = HTTPStatus.EXPECTATION_FAILED
    code = "expectation_failed"


class RequestHeaderFieldsTooLarge(ApiError):
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "request_header_fields_too_large"


class VersionNotSupported(ApiError):
    """A version of HTTP other than 1.0 and 1.1."""

    status = HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    code = "http_version_not_supported"


class TooManyRequests(ApiError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"


class NotSupported(ApiError):
    """A feature that this server lacks: what stays open, under another WSGI server."""

    status = HTTPStatus.NOT_IMPLEMENTED
    code = "not_supported"


class StorageUnavailable(ApiError):
    """The disk or the database failed. Nothing was stored, and the client may retry.

    `reason` is the code with which `/readyz` names the cause.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "storage_unavailable"
    reason = "storage_unavailable"

    def by_reason(self) -> StorageUnavailable:
        """Return the same error with its reason as its code."""
        error = StorageUnavailable(self.detail)
        error.code = self.reason
        return error

    def for_others(self) -> StorageUnavailable:
        """Return an error of their own for changes that were not tried after this one."""
        # One that is raised again and again would have a longer traceback each time.
        return type(self)(self.detail)


class Draining(ApiError):
    """The server is stopping: `/readyz` says so to balancers, while all else is still served."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "draining"


class OutcomeUnknown(StorageUnavailable):
    """The connection was lost during the commit, and whether it was stored cannot be found out."""

    code = "outcome_unknown"

    def for_others(self) -> StorageUnavailable:
        """Return an error of their own for changes that were not tried after this one."""
        return StorageUnavailable("Nothing was stored: the database cannot be reached.")


class ForeignDatabase(StorageUnavailable):
    """The database is not the one that the process has opened: what it stores would be lost."""

    code = "foreign_database"
    reason = "foreign_database"


class Busy(ApiError):
    """Too much of the same slow work is waiting already. Nothing was done; the client may retry."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "busy"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, extra={"retry_after": 1})


class WorkerFailed(ApiError):
    """The process for some slow work died, or was killed at a limit. Nothing was done."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "worker_failed"


def describe(
    status: int, code: str, detail: str, source: str | None = None, title: str | None = None
) -> dict[str, Any]:
    """Return an entry of `errors`, without `source` if no field is invalid."""
    title = title or TITLES.get(status, HTTPStatus(status).phrase)
    error = {"status": int(status), "code": code, "title": title, "detail": detail}
    return error if source is None else {**error, "source": source}


def envelope(error: ApiError) -> dict[str, Any]:
    """Return the response body for an error."""
    return {"errors": error.to_dicts(), **error.extra}


def explain(error: ApiError) -> str:
    """Describe an error in one line, for a command line."""
    faults = [(fault.get("source"), fault["detail"]) for fault in error.to_dicts()]
    return "; ".join(detail if field is None else f"{field}: {detail}" for field, detail in faults)


class Problem(BaseModel):
    """One thing that is wrong."""

    status: int = Field(description="The HTTP status, also on sockets")
    code: str = Field(description="Stable: a program may rely on it")
    title: str = Field(description="The status in words")
    detail: str = Field(description="For people; may change")
    source: str | None = Field(default=None, description="The field at fault, where there is one")


class Problems(BaseModel):
    """Why something was refused, and what is needed to go on."""

    errors: list[Problem]
    rev: int | None = Field(default=None, description="With 410: the position to begin again from")
    epoch: str | None = Field(default=None, description="With 410: the log that answers")
    retry_after: float | None = Field(
        default=None, description="With 429 and busy: seconds to wait"
    )
    room: str | None = Field(default=None, description="With banned: null for the whole site")
    until: str | None = Field(default=None, description="With banned: null if it does not end")
    reason: str | None = Field(default=None, description="With banned")


class Refusal(BaseModel):
    """Why a connection was refused; the stock client shows it as `connect_error`."""

    message: str
    data: RefusalData | None = None


class RefusalData(Problems, Problem):
    """The first error's fields, and the whole envelope beside them."""
