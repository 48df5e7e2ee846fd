"""Responses that are encoded once and sent many times."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from me_api.transport.web.dates import http_date


@dataclass(slots=True)
class EncodedResponse:
    """A response in bytes, split where its date goes."""

    opening: bytes
    rest: bytes
    close: bool
    expires: float = inf
    """Until when it may be sent, in seconds since 1970."""

    def dated(self) -> bytes:
        """Encode the response with the current time."""
        return b"".join((self.opening, http_date(), self.rest))
