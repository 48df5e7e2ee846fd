"""A server that has its database for itself: it rings nothing, sends nothing, waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from me_api.cluster import LogReader, SoftHandler
from me_api.rate_limits import RateLimit


class Alone:
    """Implements `Cluster` where there is one server, as with SQLite."""

    process = ""
    incarnation = 0
    has_others = False
    lease_seconds = 0.0
    doorbell = "polling"

    def __init__(self, name: str = "") -> None:
        self.name = name

    def join(self) -> None:
        """Do nothing: there is no lease."""

    def start(self, log: LogReader) -> None:
        """Do nothing: this process publishes what it commits by itself."""

    def leave(self) -> None:
        """Do nothing: there is no lease to end."""

    def check(self) -> None:
        """Do nothing: there is no lease."""

    def status(self) -> dict[str, str]:
        """Return an empty dictionary: `/readyz` shows nothing of nodes."""
        return {}

    def subscribe(self, kind: str, handler: SoftHandler) -> None:
        """Do nothing: nobody sends messages."""

    def on_connected(self, handler: Callable[[], None]) -> None:
        """Do nothing: nobody sends messages."""

    def on_lost(self, handler: Callable[[str], None]) -> None:
        """Do nothing: there is no other node."""

    def on_renewed(self, handler: Callable[[], None]) -> None:
        """Do nothing: there is no lease."""

    def on_cut_off(self, handler: Callable[[bool], None]) -> None:
        """Do nothing: there is no other node for the clients."""

    def send(self, kind: str, body: Mapping[str, Any], *, droppable: bool = False) -> None:
        """Do nothing: nobody would receive it."""

    def claim(self, name: str, owner: str) -> bool:
        """Return True: what this process knows decides."""
        return True

    def release(self, name: str) -> None:
        """Do nothing: only this process knew the name."""

    def is_held(self, name: str, owner: str) -> bool:
        """Return False: what this process knows decides."""
        return False

    def limit(self, rule: str, rate: RateLimit, key: str, *, count: bool, force: bool) -> float:
        """Return 0: the limits of this process are all that there are."""
        return 0
