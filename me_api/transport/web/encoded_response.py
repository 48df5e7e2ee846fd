"""Responses that are encoded once and sent many times."""

from __future__ import annotations

from math import inf
from time import time

from me_api.transport.web.dates import http_date


class EncodedResponse:
    """A response in bytes, split where its date goes.

    `close` says that the connection is closed after it. It may be sent until `expires`, in seconds
    since 1970. `user` is the nick of the registered user that it is for.
    """

    __slots__ = ("_data", "_opening", "_second", "close", "expires", "rest", "user")

    def __init__(
        self, opening: bytes, rest: bytes, close: bool, expires: float = inf, user: str = ""
    ) -> None:
        self._opening = opening
        self.rest = rest
        self.close = close
        self.expires = expires
        self.user = user
        self._second = 0
        self._data = b""

    def dated(self) -> bytes:
        """Encode the response with the current time."""
        # What is sent again within a second is the same.
        second = int(time())
        if second == self._second:
            return self._data
        data = b"".join((self._opening, http_date(), self.rest))
        # Most responses are sent once: only those that are sent again are kept whole.
        if self._second:
            self._data, self._second = data, second
        else:
            self._second = -1
        return data
