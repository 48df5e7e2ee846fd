"""JSON encoding by orjson: fast, strict about UTF-8, and safe against deep nesting."""

from __future__ import annotations

from functools import lru_cache
from time import gmtime, strftime
from typing import Any

import orjson
from flask import Response, current_app
from flask.json.provider import JSONProvider
from pydantic import BaseModel


class OrjsonProvider(JSONProvider):
    """Flask's JSON provider, on orjson."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj, default=_to_plain).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = to_json(args[0] if args else kwargs)
        return current_app.response_class(body, mimetype="application/json")


def to_json(data: Any) -> bytes:
    """Encode JSON, followed by a newline."""
    # The newline keeps the next prompt of a terminal on a line of its own.
    return orjson.dumps(data, default=_to_plain, option=orjson.OPT_APPEND_NEWLINE)


def json_time(seconds: float) -> str:
    """Return a time, in seconds since 1970, as the lines of logs have it, with milliseconds."""
    return f"{_iso(int(seconds))}.{int(seconds % 1 * 1000):03}Z"


# Many lines are of the same second.
@lru_cache(8)
def _iso(second: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))


def _to_plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value)} has no JSON form")
