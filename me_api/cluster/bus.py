"""What carries messages between nodes faster than PostgreSQL, and may lose them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Handler = Callable[[str, str, bytes], None]
"""Takes the epoch in whose channel a message was sent, the process that sent it, and the body."""


def ignore_loss() -> None:
    """Do nothing: the receivers notice what was lost."""


class Bus(Protocol):
    """Sends to all nodes, and receives what others have sent; all methods are called on the loop.

    `lost_handlers` are called when it cannot be relied on any longer.
    """

    lost_handlers: list[Callable[[], None]]

    @property
    def is_up(self) -> bool:
        """Whether what is sent arrives, at least at this node."""

    @property
    def is_connected(self) -> bool:
        """Whether anything can be sent now."""

    def subscribe(self, name: str, handler: Handler) -> None:
        """Call a handler with all messages of other nodes in a channel; before `start`."""

    def start(self, epoch: Callable[[], str]) -> None:
        """Connect in the background, and again whenever a connection is lost.

        What nodes send in another epoch than this function returns is not received.
        """

    def close(self) -> None:
        """Open no connection any more; those that are open end with the process."""

    def publish(self, name: str, body: bytes, lost: Callable[[], None] = ignore_loss) -> bool:
        """Send to all other nodes; return False if that is not possible now. Never waits.

        `lost` is called if it turns out that it may not have been sent.
        """
