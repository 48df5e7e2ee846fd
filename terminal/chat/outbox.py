"""What was typed and is not stored yet, in its order."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass, field


def _new_key() -> str:
    return uuid.uuid4().hex


@dataclass(eq=False, slots=True)
class Pending:
    """A text that is to be posted with an idempotency key.

    `sent` says whether the server may have received it. `problem` is why it was refused.
    """

    text: str
    key: str = field(default_factory=_new_key)
    sent: bool = False
    problem: str | None = None

    @property
    def is_command(self) -> bool:
        """Whether the server executes it, each time that it receives it."""
        return self.text.startswith("/") and not self.text.startswith("//")


class Outbox:
    """Texts in the order in which they were typed; the refused ones are kept until dismissed."""

    def __init__(self) -> None:
        self._waiting: deque[Pending] = deque()
        self.refused: list[Pending] = []
        self.has_refused = False
        """Whether anything was refused, also if that was dismissed."""
        self._changed = asyncio.Event()

    @property
    def waiting(self) -> list[Pending]:
        """The texts that are still to be posted, the oldest first."""
        return list(self._waiting)

    def add(self, text: str) -> Pending:
        """Add a text that was typed."""
        pending = Pending(text)
        self._waiting.append(pending)
        self._changed.set()
        return pending

    async def next(self) -> Pending:
        """Return the oldest text, which stays until it is removed; wait for one."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        return self._waiting[0]

    async def drained(self) -> None:
        """Wait until no text is waiting."""
        while self._waiting:
            self._changed.clear()
            await self._changed.wait()

    def done(self, pending: Pending) -> None:
        """Remove a text that was stored or executed."""
        self._waiting.remove(pending)
        self._changed.set()

    def refuse(self, pending: Pending, problem: str) -> None:
        """Remove a text that the server will never accept, and keep why."""
        pending.problem = problem
        self.done(pending)
        self.refused.append(pending)
        self.has_refused = True

    def lost_connection(self) -> None:
        """Refuse a command that may have been executed: sent again, it would be executed again."""
        if self._waiting and self._waiting[0].sent and self._waiting[0].is_command:
            self.refuse(
                self._waiting[0], "The connection was lost: it may have been executed, or not."
            )
