"""The request of a view that is called without a Flask request."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from me_api.auth.identity import Identity
from me_api.transport.web.direct import DirectRequest


class Fields:
    """Header fields by name, in any capitalisation."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a field, or the default if it was not sent."""
        return self._fields.get(name.lower(), default)


class ViewRequest:
    """What is read of a request, under the names that `flask.Request` has for it."""

    def __init__(self, request: DirectRequest, max_content_length: int) -> None:
        self.headers = Fields(request.headers)
        self.remote_addr = request.client
        self.max_content_length = max_content_length
        self.identity: Identity | None = None
        self.parsed_body: Any = None
        self._body = request.body

    @property
    def mimetype(self) -> str:
        """The media type of the body, without parameters."""
        value: str = self.headers.get("content-type", "")
        return value.partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        kind = self.mimetype
        return kind == "application/json" or (
            kind.startswith("application/") and kind.endswith("+json")
        )

    def get_data(self, cache: bool = True) -> bytes:
        """Return the body; raise the `ApiError` with which it was received."""
        if isinstance(self._body, bytes):
            return self._body
        raise self._body


direct_request: ContextVar[ViewRequest | None] = ContextVar("direct_request", default=None)
"""The request of this context, if it is not Flask's."""
