"""What may fail between a program and its server, and the exit codes of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

UNFINISHED = 1
"""The exit code if something that was typed has not been stored."""


class Failure(Exception):
    """Describes in one line what went wrong; `exit_code` is that of the program."""

    exit_code: ClassVar[int]


class Unreachable(Failure):
    """The server did not respond; it may later."""

    exit_code = 3


class Refused(Failure):
    """The server has refused a request; `code` is that of its error envelope."""

    exit_code = 4

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        error = body["errors"][0]
        super().__init__(str(error.get("detail", error.get("title", status))))
        self.status = status
        self.code: str = error.get("code", "")
        self.retry_after: float | None = body.get("retry_after")

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may be accepted later."""
        return self.status in (408, 429) or self.status >= 500

    @property
    def is_stale_cursor(self) -> bool:
        """Whether the position is none of the server's log, so that it has to be read anew."""
        return self.code in ("foreign_epoch", "beyond_head")


class NotServed(Failure):
    """What responds at the address is no me-api, or has not what is needed."""

    exit_code = 5


class OutputClosed(Failure):
    """The program that reads the output has ended, as `head` does. Nothing is to be said of it."""

    exit_code = 141
