"""What a route answers, as OpenAPI says it: its own answers and all that may go wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, get_args

from me_api.apidocs.error_schema import Problems
from me_api.apidocs.json_schema import Schemas
from me_api.errors import (
    ApiError,
    BadRequest,
    Invalid,
    StorageUnavailable,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
)
from me_api.rest.endpoint import Endpoint


class Responses:
    """The answers of all routes; those to errors are shared."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self.errors = {"Error": self._content("Any other error.", Problems)}

    def of(self, method: str, endpoint: Endpoint) -> dict[str, Any]:
        """Describe all answers of a route, by status."""
        answers = {
            str(status): self._content(HTTPStatus(status).phrase, kind)
            for status, kind in endpoint.responses.items()
        }
        failures = {str(int(f.status)): self._error(f) for f in _failures(method, endpoint)}
        return {**answers, **failures, "default": _reference("Error")}

    def _error(self, failure: type[ApiError]) -> dict[str, str]:
        if failure.__name__ not in self.errors:
            meaning = failure.__doc__ or f"{failure.status.phrase}."
            self.errors[failure.__name__] = self._content(meaning.partition("\n")[0], Problems)
        return _reference(failure.__name__)

    def _content(self, meaning: str, kind: Any) -> dict[str, Any]:
        """Describe a body: a model is JSON, `Annotated[str, type]` is a text of that media type."""
        if kind is None:
            return {"description": meaning}
        media = "application/json"
        if getattr(kind, "__origin__", None) is str:
            kind, media = get_args(kind)
        return {"description": meaning, "content": {media: {"schema": self._schemas.of(kind)}}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}


def _failures(method: str, endpoint: Endpoint) -> list[type[ApiError]]:
    """List what may go wrong: what the route says, and what follows from its declaration."""
    found = list(endpoint.failures)
    if endpoint.token:
        found.append(Unauthorized)
    if endpoint.body:
        found += [BadRequest, UnsupportedMediaType]
    if endpoint.body or endpoint.query:
        found.append(Invalid)
    if endpoint.limit:
        found.append(TooManyRequests)
    if method != "GET":
        found.append(StorageUnavailable)
    return found
