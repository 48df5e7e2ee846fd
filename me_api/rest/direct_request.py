"""The request of a view that is called without a Flask request."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from copy import copy
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from me_api.auth.identity import Identity
from me_api.errors import ApiError
from me_api.transport.connection.addresses import network
from me_api.transport.web.direct import DirectRequest

MEDIA_TYPES = 256
"""Values of Content-Type that are kept in parsed form."""
QUERY_ERRORS = "werkzeug.url_quote"
"""What Werkzeug does with bytes in a query that are not UTF-8: they stay escaped."""


class Fields:
    """Header fields by name, in any capitalisation."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a field, or the default if it was not sent."""
        return self._fields.get(name.lower(), default)


class ViewRequest:
    """What is read of a request, under the names that `flask.Request` has for it."""

    def __init__(self, request: DirectRequest, client: str, max_content_length: int) -> None:
        fields: Mapping[str, str] = request.headers
        self.headers = Fields(fields)
        self.credentials = (
            fields.get("authorization", ""),
            fields.get("x-access-token"),
            fields.get("x-guest"),
        )
        self.remote_addr = client
        self.network = network(client)
        self.max_content_length = max_content_length
        self.identity: Identity | None = None
        self.parsed_body: Any = None
        self.mimetype, self.is_json = _media_type(fields.get("content-type", ""))
        self._query = request.query
        self._body: bytes | ApiError = request.body

    @property
    def args(self) -> MultiDict[str, str]:
        """The parameters of the query."""
        return MultiDict(parse_qsl(self._query, keep_blank_values=True, errors=QUERY_ERRORS))

    def get_data(self, cache: bool = True) -> bytes:
        """Return the body; raise the `ApiError` with which it was received."""
        if isinstance(self._body, bytes):
            return self._body
        # A copy: the traceback of what is raised refers to this request.
        raise copy(self._body)


@lru_cache(MEDIA_TYPES)
def _media_type(value: str) -> tuple[str, bool]:
    """Return the media type in a Content-Type, without parameters, and whether it is JSON."""
    kind = value.partition(";")[0].strip().lower()
    return kind, kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )


direct_request: ContextVar[ViewRequest | None] = ContextVar("direct_request", default=None)
"""The request of this context, if it is not Flask's."""
